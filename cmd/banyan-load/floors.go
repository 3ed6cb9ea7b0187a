package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/banyan-commerce/banyan/cmd/banyan-load/internal/bare"
	"github.com/banyan-commerce/banyan/cmd/banyan-load/internal/path"
	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/cmd/internal/drive"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// floors are the two loops that the shop is compared with, on schemas of their own.
type floors struct {
	goods   customer.Goods
	clients int
	bare    *sqldb.DB
	path    *path.Path
	other   []path.Unit // what ran beside the path while it was recorded
	schemas map[string]*sqldb.DB
}

// openFloors records an order on a shop of its own, whose schemas the replay then goes on with: the
// same catalogue, the same engine, the same settings.
func openFloors(ctx context.Context, g *ground, catalogue customer.Goods, clients int) (*floors, error) {
	f := &floors{goods: catalogue, clients: clients, schemas: map[string]*sqldb.DB{}}
	l, err := g.location("floor")
	if err != nil {
		return nil, err
	}
	if f.path, f.other, err = record(ctx, g.url("floor"), catalogue); err != nil {
		return nil, fmt.Errorf("record an order: %w", err)
	}
	if f.bare, err = bare.Open(ctx, l); err != nil {
		return nil, err
	}
	for _, u := range f.path.Units {
		if f.schemas[u.Module] != nil {
			continue
		}
		if f.schemas[u.Module], err = sqldb.Open(ctx, l, u.Module, sqldb.Options{}); err != nil {
			return nil, errors.Join(err, f.close())
		}
	}
	return f, nil
}

func (f *floors) close() error {
	err := f.bare.Close()
	for _, db := range f.schemas {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// commits is the bare floor: transactions a second.
func (f *floors) commits(ctx context.Context, length time.Duration) (drive.Tally, error) {
	t := drive.Run(ctx, f.clients, length, func(ctx context.Context, _ int) error {
		return bare.Commit(ctx, f.bare, f.goods.Pick(2))
	})
	return t, t.Failed("bare floor")
}

// paths is the second floor: orders a second by the shop's own statements.
func (f *floors) paths(ctx context.Context, length time.Duration) (drive.Tally, error) {
	t := drive.Run(ctx, f.clients, length, func(ctx context.Context, _ int) error {
		return f.path.Run(ctx, f.schemas, f.goods.Pick(2))
	})
	return t, t.Failed("floor of the path")
}

const (
	attempts  = 5
	quietTime = 300 * time.Millisecond
)

// record places orders at a shop in this process, one after the other, until two were handled alike:
// the clock may put a recurring task into one of them.
func record(ctx context.Context, db string, g customer.Goods) (*path.Path, []path.Unit, error) {
	var recorder path.Recorder
	s, err := startShop(ctx, db, recorder.Observe, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	p, other, err := recordAt(ctx, s.url, &recorder, g)
	return p, other, errors.Join(err, s.stop(context.WithoutCancel(ctx)))
}

// recorded is one order's recording.
type recorded struct {
	skus       []string
	own, other []path.Unit
}

func recordAt(ctx context.Context, url string, r *path.Recorder, g customer.Goods) (*path.Path, []path.Unit, error) {
	c := newCrowd(url, g, 1)
	if _, err := recordOne(ctx, c, r, g.Pick(2)); err != nil { // the first order also prepares statements
		return nil, nil, err
	}
	var problems []error
	for range attempts {
		picked := g.Pick(4)
		a, err := recordOne(ctx, c, r, picked[:2])
		if err != nil {
			return nil, nil, err
		}
		b, err := recordOne(ctx, c, r, picked[2:])
		if err != nil {
			return nil, nil, err
		}
		p, err := path.Compile(a.own, b.own, a.skus, b.skus)
		if err == nil {
			return p, b.other, nil
		}
		problems = append(problems, err)
	}
	return nil, nil, errors.Join(problems...)
}

// recordOne places one order and answers its path when it has settled and nothing more happens.
func recordOne(ctx context.Context, c *crowd, r *path.Recorder, skus []string) (recorded, error) {
	before, err := c.clients[0].Metrics(ctx)
	if err != nil {
		return recorded{}, err
	}
	r.Start()
	orderID, err := c.clients[0].Place(ctx, skus, false)
	if err != nil {
		return recorded{}, err
	}
	if _, _, err := c.awaitSettled(ctx, before, 1); err != nil {
		return recorded{}, err
	}
	if err := awaitQuiet(ctx, r); err != nil {
		return recorded{}, err
	}
	own, other := path.Own(r.Stop(), append(path.Names(orderID), skus...)...)
	return recorded{skus: skus, own: own, other: other}, nil
}

func awaitQuiet(ctx context.Context, r *path.Recorder) error {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for r.Quiet() < quietTime {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
