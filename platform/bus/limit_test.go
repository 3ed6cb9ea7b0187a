package bus_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestABacklogIsMeasuredAboutAsLargeAsItIsOnDisk(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]int{"small": 10, "usual": 700, "large": 9000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newStore(t, dbtest.Only(t, sqldb.SQLite)).first
			size := func() int64 {
				return int64(i.count("desk", "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"))
			}
			const events = 1000
			empty := size()
			require.NoError(t, sqldb.InTx(t.Context(), i.dbs["desk"], func(tx *sqldb.Tx) error {
				for range events {
					err := i.desk.Publish(t.Context(), tx, paper(id.New(), 1), large{strings.Repeat("x", payload)})
					if err != nil {
						return err
					}
				}
				return nil
			}))
			backlog, err := bus.ReadBacklog(t.Context(), i.dbs["desk"])
			require.NoError(t, err)
			require.Equal(t, int64(events), backlog.Events)
			require.InEpsilon(t, size()-empty, backlog.Bytes, 0.5)
		})
	}
}

func TestAnEmptyOutboxIsNoBacklog(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		i := newStore(t, e).first
		backlog, err := bus.ReadBacklog(t.Context(), i.dbs["desk"])
		require.NoError(t, err)
		require.Equal(t, bus.Backlog{}, backlog)
		i.publish(id.New(), 1, 2)
		backlog, err = bus.ReadBacklog(t.Context(), i.dbs["desk"])
		require.NoError(t, err)
		require.Equal(t, int64(2), backlog.Events)
		require.Positive(t, backlog.Bytes)
	})
}
