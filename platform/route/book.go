package route

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Book is where rules are kept: a row in the schema of each module that is hosted here, which moves with it.
// Every instance that shares the schema reads the same one, and a decision is there with its audit entry or
// not at all.
type Book struct {
	schemas  func() []*sqldb.DB
	settings Settings
	now      func() time.Time
}

// NewBook makes a book over the schemas that are open when it is asked: modules open theirs after those who
// call them have been told by which rule.
func NewBook(schemas func() []*sqldb.DB, settings Settings, now func() time.Time) *Book {
	return &Book{schemas: schemas, settings: settings, now: now}
}

// schema is nil for a module that is not hosted here.
func (b *Book) schema(module string) *sqldb.DB {
	for _, db := range b.schemas() {
		if db.Module() == module {
			return db
		}
	}
	return nil
}

type row struct {
	Revision  int64  `db:"revision"`
	Share     int    `db:"share"`
	Shadow    int    `db:"shadow"`
	Addresses string `db:"addresses"`
	Tripped   string `db:"tripped"`
	ChangedAt int64  `db:"changed_at"`
}

func (r row) rule(module string) Rule {
	rule := Rule{Module: module, Revision: r.Revision, Share: r.Share, Shadow: r.Shadow, Tripped: r.Tripped, ChangedAt: time.UnixMicro(r.ChangedAt).UTC()}
	if r.Addresses != "" {
		rule.To = strings.Split(r.Addresses, ",")
	}
	return rule
}

const selectRule = "SELECT revision, share, shadow, addresses, tripped, changed_at FROM bus_route WHERE module = ?"

// Read reads the rule of a module. It returns ErrNotHosted for one whose schema is not open here.
func (b *Book) Read(ctx context.Context, module string) (Rule, error) {
	db := b.schema(module)
	if db == nil {
		return Rule{}, ErrNotHosted
	}
	var r row
	if err := db.Get(ctx, &r, selectRule, module); sqldb.IsNoRows(err) {
		return Rule{Module: module}, nil
	} else if err != nil {
		return Rule{}, fmt.Errorf("read route of %s: %w", module, err)
	}
	return r.rule(module), nil
}

// Change changes the rule of a module in one transaction with its audit entry. It returns ErrNotHosted,
// ErrChanged, ErrNoAddress, ErrAddress or ErrPercent.
func (b *Book) Change(ctx context.Context, actor, reason, module string, c Change) (Rule, error) {
	db := b.schema(module)
	if db == nil {
		return Rule{}, ErrNotHosted
	}
	var after Rule
	err := sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		before, err := readForUpdate(ctx, tx, module)
		if err != nil {
			return err
		}
		if after, err = c.apply(before, b.settings.Peers[module]); err != nil {
			return err
		}
		after.Revision, after.ChangedAt = before.Revision+1, b.now().UTC().Truncate(time.Microsecond)
		if err := write(ctx, tx, after); err != nil {
			return err
		}
		by := audit.By{Actor: actor, At: after.ChangedAt, Reason: cut(reason, maxReason)}
		return by.Write(ctx, tx, "routes.change", told(before, after), 1)
	})
	if err != nil {
		return Rule{}, fmt.Errorf("change route of %s: %w", module, err)
	}
	return after, nil
}

func readForUpdate(ctx context.Context, tx *sqldb.Tx, module string) (Rule, error) {
	var r row
	err := tx.Get(ctx, &r, selectRule+" FOR UPDATE", module)
	if sqldb.IsNoRows(err) {
		return Rule{Module: module}, nil
	}
	return r.rule(module), err
}

const (
	insertRule = "INSERT INTO bus_route (module, revision, share, shadow, addresses, tripped, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
	updateRule = "UPDATE bus_route SET revision = ?, share = ?, shadow = ?, addresses = ?, tripped = ?, changed_at = ? WHERE module = ?"
)

// write returns ErrChanged when somebody else wrote the module's first rule at the same moment.
func write(ctx context.Context, tx *sqldb.Tx, r Rule) error {
	addresses := strings.Join(r.To, ",")
	if r.Revision > 1 {
		_, err := tx.Exec(ctx, updateRule, r.Revision, r.Share, r.Shadow, addresses, r.Tripped, r.ChangedAt.UnixMicro(), r.Module)
		return err
	}
	_, err := tx.Exec(ctx, insertRule, r.Module, r.Revision, r.Share, r.Shadow, addresses, r.Tripped, r.ChangedAt.UnixMicro())
	if sqldb.IsDuplicate(err) {
		return ErrChanged
	}
	return err
}

const (
	maxReason  = 500 // characters, of the audit's column
	maxTripped = 400
)

// returnShare sets the share of a rule to 0 because a guard found what why says. A rule that somebody has
// changed since stays as it is: of several instances that find the same, one writes it down.
func (b *Book) returnShare(ctx context.Context, found Rule, why string, log *slog.Logger) error {
	db := b.schema(found.Module)
	why = cut(why, maxTripped)
	wrote := false
	err := sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		wrote = false
		now, err := readForUpdate(ctx, tx, found.Module)
		if err != nil || now.Revision != found.Revision {
			return err
		}
		after := now
		after.Revision, after.ChangedAt, after.Share, after.Tripped = now.Revision+1, b.now(), 0, why
		if err := write(ctx, tx, after); err != nil {
			return err
		}
		wrote = true
		return audit.By{Actor: "guard", At: after.ChangedAt, Reason: why}.Write(ctx, tx, "routes.return", told(now, after), 1)
	})
	if err != nil {
		return fmt.Errorf("return share of %s: %w", found.Module, err)
	}
	if wrote {
		log.InfoContext(ctx, "share of a module returned for all instances", slog.String("module", found.Module))
	}
	return nil
}
