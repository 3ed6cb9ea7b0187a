package move_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/move"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

const speedRows = 10_000

// It prints what docs/performance.md quotes: make test PKG=./platform/move ARGS='-run HowFast -v'.
func TestHowFastRowsMove(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("a measurement, for who reads it: -v")
	}
	for _, d := range []direction{{sqldb.SQLite, sqldb.MySQL}, {sqldb.MySQL, sqldb.MySQL}, {sqldb.MySQL, sqldb.SQLite}} {
		from, to := made(t, dbtest.Only(t, d.from)), dbtest.Only(t, d.to).Location(t)
		fillMany(t, from)
		m := moving(from, to)
		var last move.Progress
		at := map[move.State]time.Time{}
		m.Tell = func(p move.Progress) {
			if last = p; p.Table == "" {
				at[p.State] = time.Now()
			}
		}
		require.NoError(t, m.Run(t.Context()))
		copying, comparing := at[move.Copied].Sub(at[move.Fenced]), at[move.Verified].Sub(at[move.Copied])
		t.Logf("%s to %s: %d rows, %.1f MB: copied in %s (%.0f rows/s, %.1f MB/s), compared twice in %s (%.0f rows/s); fenced, until the target counts, for %s",
			d.from, d.to, last.Rows, float64(last.Bytes)/1e6, copying.Round(time.Millisecond), float64(last.Rows)/copying.Seconds(), float64(last.Bytes)/1e6/copying.Seconds(),
			comparing.Round(time.Millisecond), float64(last.Rows)/comparing.Seconds(), at[move.Switched].Sub(at[move.Planned]).Round(time.Millisecond))
	}
}

// fillMany makes rows of about the size of an outbox's.
func fillMany(t *testing.T, l sqldb.Location) {
	t.Helper()
	const each = 500
	payload := []byte(strings.Repeat(`{"order_id":"01a1f876"}`, 15))
	do(t, l, func(db *sql.DB) {
		for n := 0; n < speedRows; n += each {
			args := make([]any, 0, 4*each)
			for i := range each {
				args = append(args, n+i+1, "name", payload, "EUR")
			}
			exec(t, db, "INSERT INTO shelf (id, name, picture, code) VALUES "+sqldb.Placeholders(each, 4), args...)
		}
	})
}
