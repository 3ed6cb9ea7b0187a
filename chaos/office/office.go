// Package office is the shop in small on which the bus is put to the test: its effects are so plain that a
// lost, a doubled and a disordered one can be told from each other.
//
// The desk notes things about papers. The clerk hears each note and files it, the archive hears both. Each
// event raises the version of its paper (or of the clerk's file of it) by one, so that the versions alone
// say what was stated; a consumer writes an effect per event, and which one it saw before.
package office

import (
	"context"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The modules, each with a schema of its own.
const (
	Desk    = "desk"
	Clerk   = "clerk"
	Archive = "archive"
)

// Names are all modules.
func Names() []string { return []string{Desk, Clerk, Archive} }

// Noted: something was said about a paper.
type Noted struct {
	Paper id.UUID
	N     int64 // the paper's version: its first note is 1
	Text  string
}

// EventType is desk.noted.
func (Noted) EventType() event.Type { return event.Type{Name: "desk.noted", Version: 1} }

// Filed answers a note.
type Filed struct {
	Paper id.UUID
	N     int64 // the file's version
}

// EventType is clerk.filed.
func (Filed) EventType() event.Type { return event.Type{Name: "clerk.filed", Version: 1} }

// Manifests say who hears what.
func Manifests() []module.Manifest {
	return []module.Manifest{
		{Name: Desk, Aggregate: "paper", Publishes: []event.Definition{event.Define(Noted{})}},
		{
			Name: Clerk, Aggregate: "file", Publishes: []event.Definition{event.Define(Filed{})},
			Listens: []string{"desk.noted"},
		},
		{Name: Archive, Listens: []string{"desk.noted", "clerk.filed"}},
	}
}

//go:embed tables/*.sql
var tables embed.FS

// Furnish makes the schemas, with so many papers of which nothing has been said.
func Furnish(ctx context.Context, at sqldb.Location, papers int) error {
	for _, name := range Names() {
		files, err := fs.Sub(tables, "tables")
		if err != nil {
			return err
		}
		if _, err := migrate.Up(ctx, at, name, files); err != nil {
			return err
		}
		if err := fill(ctx, at, name, papers); err != nil {
			return fmt.Errorf("furnish %s: %w", name, err)
		}
	}
	return nil
}

// fill writes the rows that everything afterwards only updates.
func fill(ctx context.Context, at sqldb.Location, name string, papers int) (err error) {
	db, err := sqldb.Open(ctx, at, name, sqldb.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return sqldb.InTx(ctx, db, func(tx *sqldb.Tx) error {
		for n := range papers {
			if _, err := tx.Exec(ctx, "INSERT INTO paper (id, version) VALUES (?, 0)", Paper(n)); err != nil {
				return err
			}
			for _, name := range []string{noted, filed} {
				const insert = "INSERT INTO progress (type, agg, n) VALUES (?, ?, 0)"
				if _, err := tx.Exec(ctx, insert, name, Paper(n)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Paper is the ID of the n-th paper.
func Paper(n int) id.UUID {
	var u id.UUID
	u[6], u[8] = 0x70, 0x80
	binary.BigEndian.PutUint32(u[12:], uint32(n)) //nolint:gosec // a count of papers
	return u
}
