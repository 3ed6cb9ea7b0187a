package simulation_test

import (
	"context"
	"errors"
	"sync"

	"github.com/banyan-commerce/banyan/platform/bus/simulation"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const insertIntent = "INSERT INTO intent (id, try) VALUES (?, ?)"

// do is one try.
func (in intent) do(ctx context.Context, i *instance, try int64) error {
	p := i.players[in.module]
	return sqldb.InTx(ctx, p.db, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, insertIntent, in.id, try); err != nil {
			if sqldb.IsDuplicate(err) {
				return nil // an earlier try was successful
			}
			return err
		}
		for _, f := range in.facts {
			if in.linger != nil {
				in.linger()
			}
			if err := p.state(ctx, tx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// answers are what publishers were told.
type answers struct {
	mu   sync.Mutex
	list []simulation.Answer
}

// add notes how a try ended. Who was killed has told nobody anything.
func (a *answers) add(in intent, try int64, p *process, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil || !errors.Is(err, sqldb.ErrOutcomeUnknown) && !p.wire.Dead() {
		a.list = append(a.list, simulation.Answer{Intent: in.id, Try: try, Committed: err == nil})
	}
}
