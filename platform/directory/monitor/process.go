package monitor

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// schemaLimit is how long one schema may take to tell its sizes: the rest is shown without it.
const schemaLimit = 2 * time.Second

// Process is the modules of this process, and where their figures come from.
type Process struct {
	modules directory.Document
	sampler *Sampler
	schemas []*sqldb.DB
	log     *slog.Logger
	countTo int
}

// NewProcess makes it. A module whose schema is not among those given has figures without it.
func NewProcess(modules directory.Document, s *Sampler, schemas []*sqldb.DB, log *slog.Logger) *Process {
	return &Process{modules: modules, sampler: s, schemas: schemas, log: log, countTo: countTo}
}

// Document is the directory with the figures of the newest sample, and the schemas as they are now.
func (p *Process) Document(ctx context.Context) directory.Document {
	now := p.sampler.read()
	d := directory.Document{Modules: slices.Clone(p.modules.Modules)}
	var reading sync.WaitGroup
	for i, m := range d.Modules {
		figures := now.figures(m)
		d.Modules[i].Live = figures
		reading.Go(func() { p.readSchema(ctx, m, figures) })
	}
	reading.Wait()
	return d
}

// readSchema does not fail: a schema that hangs or is gone is what somebody looks for here.
func (p *Process) readSchema(ctx context.Context, m directory.Module, into *directory.Live) {
	i := slices.IndexFunc(p.schemas, func(db *sqldb.DB) bool { return db.Module() == m.Name })
	if i < 0 {
		into.Unreachable = true
		return
	}
	db := p.schemas[i]
	into.Pool.InUse, into.Pool.Size = db.Pool()
	ctx, cancel := context.WithTimeout(ctx, schemaLimit)
	defer cancel()
	schema, err := boundary.Within(ctx, p.log, func(ctx context.Context) (directory.Schema, error) {
		return readSchema(ctx, db, m.Tables, p.countTo)
	})
	if err != nil {
		p.log.WarnContext(ctx, "schema not measured", slog.String("module", m.Name), slog.Any("error", err))
		into.Unreachable = true
		return
	}
	into.Schema = &schema
}
