package assembly

import (
	_ "embed"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/directory/monitor"
)

// source is what only the source tells of modules. Made by go generate (cmd/banyan-docs).
//
//go:embed source.json
var source []byte

// Directory is what modules the shop has. It returns an error if source.json can't be read.
func Directory() (directory.Document, error) {
	s, err := directory.ReadSource(source)
	if err != nil {
		return directory.Document{}, err
	}
	return directory.New(Manifests(), s), nil
}

func newSampler(metrics *prometheus.Registry, now func() time.Time, log *slog.Logger) *monitor.Sampler {
	return monitor.NewSampler(metrics, now, log)
}

// newProcess is called after the modules' constructors, as newServer is.
func newProcess(_ Served, schemas *schemaList, s *monitor.Sampler, log *slog.Logger) (*monitor.Process, error) {
	modules, err := Directory()
	return monitor.NewProcess(modules, s, schemas.open, log), err
}
