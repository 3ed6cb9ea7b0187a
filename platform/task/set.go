package task

import (
	"context"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Done is a task whose call was answered.
type Done[S, R any] struct {
	Lease  Lease
	State  S // that read gave for it
	Answer R // of call
}

// OnSet makes a handler that works in three parts, of which only the middle one leaves the process:
//
//   - read gives what the calls need, in the order of the leases, by one read for all;
//   - call asks the other side for one task, outside any transaction. Calls run side by side, and each
//     has the handler's Timeout for itself;
//   - record writes what the answers bring, in one transaction for all that came in while the set before
//     was being recorded: an answer that comes alone is not kept waiting. Sets are sorted by key, so that
//     two processes lock rows in the same order. The runner completes the tasks in the same transaction.
//
// A task fails alone: a read or a record that fails for a set is rolled back and done again with sets of
// one, where an error is that of its task. After an error of read, call or record the task runs again as
// after an error of Run. Such a handler is not for recurring tasks.
func OnSet[S, R any](
	kind string,
	read func(ctx context.Context, leases []Lease) ([]S, error),
	call func(ctx context.Context, l Lease, state S) (R, error),
	record func(ctx context.Context, tx *sqldb.Tx, set []Done[S, R]) error,
) Handler {
	return Handler{Kind: kind, parts: parts{
		read: func(ctx context.Context, leases []Lease) ([]any, error) {
			states, err := read(ctx, leases)
			if err == nil && len(states) != len(leases) {
				err = fmt.Errorf("read for %d tasks %s: %d states", len(leases), kind, len(states))
			}
			return anys(states), err
		},
		call: func(ctx context.Context, l Lease, state any) (any, error) {
			return call(ctx, l, state.(S)) //nolint:forcetypeassert // read made it
		},
		record: func(ctx context.Context, tx *sqldb.Tx, set []done) error {
			typed := make([]Done[S, R], len(set))
			for i, d := range set {
				typed[i] = Done[S, R]{d.lease, d.state.(S), d.answer.(R)} //nolint:forcetypeassert // read and call made them
			}
			return record(ctx, tx, typed)
		},
	}}
}

func anys[S any](list []S) []any {
	all := make([]any, len(list))
	for i, one := range list {
		all[i] = one
	}
	return all
}

// parts is a handler as the runner uses it. One that has no record settles its task itself.
type parts struct {
	read   func(ctx context.Context, leases []Lease) ([]any, error)
	call   func(ctx context.Context, l Lease, state any) (any, error)
	record func(ctx context.Context, tx *sqldb.Tx, set []done) error
}

// done is Done as it waits to be recorded.
type done struct {
	lease         Lease
	state, answer any
}

// whole is the parts of a handler that runs one task at a time.
func whole(run func(ctx context.Context, l Lease) error) parts {
	return parts{
		read: func(_ context.Context, leases []Lease) ([]any, error) { return make([]any, len(leases)), nil },
		call: func(ctx context.Context, l Lease, _ any) (any, error) { return nil, run(ctx, l) },
	}
}
