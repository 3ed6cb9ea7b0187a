package task

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

type taskRow struct {
	ID       id.UUID `db:"id"`
	Kind     string  `db:"kind"`
	Key      string  `db:"task_key"`
	Payload  []byte  `db:"payload"`
	Attempts int     `db:"attempts"` // with the run that the lease is for
}

const (
	selectDue = `SELECT id, kind, task_key, payload, attempts + 1 AS attempts FROM bus_task
		WHERE state = 'due' AND run_at <= ? AND leased_until < `
	orderDue  = ` ORDER BY run_at, id LIMIT ` // a number: SQLite compiles a statement anew each time when its LIMIT is a parameter
	takeLease = `UPDATE bus_task SET lease = ?, attempts = attempts + 1, leased_until = ? + `
	// The whole condition again: another instance may have run and rescheduled the task meanwhile.
	whereFree  = ` WHERE id IN (?) AND state = 'due' AND run_at <= ? AND leased_until < `
	selectMine = `SELECT id, kind, task_key, payload, attempts FROM bus_task WHERE id IN (?) AND lease = ?
		ORDER BY run_at, id`
)

// take claims what is due, as far as there is room.
func (r *Runner) take(ctx context.Context) ([]Lease, error) {
	room := r.holding.room()
	if room == 0 {
		return nil, nil
	}
	leases, err := r.claim(ctx, room)
	if len(leases) < room {
		r.holding.satisfied()
	}
	r.holding.add(context.WithoutCancel(ctx), leases)
	return leases, err
}

// claim leases up to limit due tasks: one read, one guarded UPDATE. Two instances that read the same
// rows share them out by the guard, and then each reads which ones it got.
func (r *Runner) claim(ctx context.Context, limit int) ([]Lease, error) {
	clock, now := r.db.Engine().Clock(), r.now().UnixMicro()
	var due, mine []taskRow
	if err := r.db.Select(ctx, &due, selectDue+clock+orderDue+strconv.Itoa(limit), now); err != nil {
		return nil, fmt.Errorf("read due tasks: %w", err)
	}
	if len(due) == 0 {
		return nil, nil
	}
	ids := make([]id.UUID, len(due))
	for i, row := range due {
		ids[i] = row.ID
	}
	token := id.New()
	err := sqldb.InTx(ctx, r.db, func(tx *sqldb.Tx) error {
		mine = due
		n, err := tx.ExecIn(ctx, takeLease+clock+whereFree+clock, token, leaseLength.Microseconds(), ids, now)
		// In less time than a lease lasts nobody else can have run one of these and died.
		fresh := r.now().UnixMicro()-now < leaseLength.Microseconds()
		if err != nil || fresh && n == int64(len(ids)) {
			return err
		}
		mine = nil
		return tx.SelectIn(ctx, &mine, selectMine, ids, token)
	})
	if err != nil {
		return nil, fmt.Errorf("lease tasks: %w", err)
	}
	leases := make([]Lease, len(mine))
	for i, row := range mine {
		leases[i] = Lease{
			ID: row.ID, Kind: row.Kind, Key: row.Key, Attempt: row.Attempts, Payload: json.RawMessage(row.Payload),
			token: token, recurs: r.handlers[row.Kind].Every > 0, completed: new(bool),
		}
	}
	return leases, nil
}

// byKind groups leases; the kinds come in the order of their first tasks.
func byKind(leases []Lease) [][]Lease {
	var groups [][]Lease
	for _, l := range leases {
		i := slices.IndexFunc(groups, func(g []Lease) bool { return g[0].Kind == l.Kind })
		if i < 0 {
			groups, i = append(groups, nil), len(groups)
		}
		groups[i] = append(groups[i], l)
	}
	return groups
}
