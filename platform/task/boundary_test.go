package task_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/task"
)

func TestATaskIsItsModulesWork(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		d := newDesk(t, e.DB(t, "desk"))
		whose := make(chan string, 1)
		d.start(d.runner(errand(func(ctx context.Context, _ task.Lease) error {
			whose <- boundary.Module(ctx)
			return nil
		})))
		d.enqueue("errand", "a", time.Time{})
		require.Equal(t, "desk", <-whose)
	})
}

// Claiming, renewing and settling are no task's code, and panic all the same while the database's driver
// does. The process goes on, and so do the tasks when that ends.
func TestAPanicBesideTheTasksEndsNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		var sick atomic.Bool
		var claims, settles atomic.Int64
		db := e.With(sqldb.Options{Observe: func(s sqldb.Statement) {
			switch {
			case !sick.Load():
			case strings.HasPrefix(s.Query, "SELECT id, kind"):
				claims.Add(1)
				panic("no claims")
			case strings.HasPrefix(s.Query, "DELETE FROM bus_task"), strings.Contains(s.Query, "SET state"):
				settles.Add(1)
				panic("no results")
			}
		}}).DB(t, "desk")
		d := newDesk(t, db)
		ran := make(chan struct{}, 100)
		d.start(d.runner(errand(func(context.Context, task.Lease) error {
			sick.Store(true)
			ran <- struct{}{}
			return nil
		})))
		d.enqueue("errand", "a", time.Time{})
		<-ran
		require.Eventually(t, func() bool { return settles.Load() > 0 && claims.Load() > 0 }, time.Minute, time.Millisecond)
		sick.Store(false)
		d.enqueue("errand", "b", time.Time{})
		<-ran
	})
}
