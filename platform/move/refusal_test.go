package move_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/migrate"
	"github.com/banyan-commerce/banyan/platform/move"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// requireUntouched: whatever refused the move, the source is opened and written as before.
func requireUntouched(t *testing.T, from sqldb.Location) {
	t.Helper()
	db, err := sqldb.Open(t.Context(), from, depot, sqldb.Options{})
	require.NoError(t, err)
	require.NoError(t, db.AtHome(t.Context()))
	require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(t.Context(), "INSERT INTO bus_subscription (type, consumer) VALUES ('after', 'all')"); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), "DELETE FROM bus_subscription")
		return err
	}))
	require.NoError(t, db.Close())
}

func TestWhatCanBeSeenBeforeIsRefusedBeforeTheFence(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from := made(t, a)
		full := made(t, b)
		do(t, full, func(db *sql.DB) { exec(t, db, "INSERT INTO bus_consumer (name) VALUES ('order')") })
		err := moving(from, full).Run(t.Context())
		require.ErrorIs(t, err, move.ErrNotEmpty)
		require.ErrorContains(t, err, "bus_consumer")

		newer := scripts().(fstest.MapFS)
		newer["00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE zone ADD COLUMN more INT;\n")}
		m := moving(from, b.Location(t))
		m.Scripts = newer
		err = m.Run(t.Context())
		require.ErrorIs(t, err, move.ErrVersion)
		require.ErrorContains(t, err, "banyan migrate")

		ahead := b.Location(t)
		_, err = migrate.Up(t.Context(), ahead, depot, newer)
		require.NoError(t, err)
		require.ErrorIs(t, moving(from, ahead).Run(t.Context()), move.ErrVersion)

		require.ErrorIs(t, moving(from, from).Run(t.Context()), move.ErrSamePlace)
		require.ErrorIs(t, moving(a.Location(t), b.Location(t)).Run(t.Context()), move.ErrNoSource)
		require.ErrorIs(t, resuming(from, b.Location(t)).Run(t.Context()), move.ErrNothing)
		require.ErrorIs(t, backing(from, b.Location(t)).Run(t.Context()), move.ErrNoWayBack)
		require.ErrorIs(t, moving(from, b.Location(t)).Abort(t.Context()), move.ErrNothing)
		requireUntouched(t, from)

		do(t, from, func(db *sql.DB) { exec(t, db, "CREATE TABLE stray (id INT NOT NULL PRIMARY KEY)") })
		err = moving(from, b.Location(t)).Run(t.Context())
		require.ErrorIs(t, err, move.ErrSurprise)
		require.ErrorContains(t, err, "stray")
		requireUntouched(t, from)
	})
}

func TestAServerOnTheFileAndASecondMoveAreRefused(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		if a.Kind == sqldb.SQLite {
			server, err := sqldb.Open(t.Context(), from, depot, sqldb.Options{})
			require.NoError(t, err)
			err = moving(from, to).Run(t.Context())
			require.ErrorIs(t, err, sqldb.ErrLocked)
			require.ErrorContains(t, err, "stop the server")
			require.NoError(t, server.Close())
		}
		m := moving(from, to)
		var second error
		m.Tell = func(p move.Progress) {
			if p.State == move.Fenced && p.Table == "" {
				second = errors.Join(moving(from, b.Location(t)).Run(t.Context()))
			}
		}
		require.NoError(t, m.Run(t.Context()))
		if !errors.Is(second, move.ErrBusy) {
			require.ErrorIs(t, second, sqldb.ErrLocked)
		}
		err := moving(from, b.Location(t)).Run(t.Context())
		require.ErrorIs(t, err, sqldb.ErrNotHome)
		require.ErrorContains(t, err, "BANYAN_DB_DEPOT")
		_, err = migrate.Up(t.Context(), from, depot, scripts())
		require.ErrorIs(t, err, sqldb.ErrNotHome)
	})
}

func TestAnUnfinishedMoveKeepsEverybodyFromBothPlaces(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		fill(t, from, 100)
		wasCut, err := cut(t.Context(), moving(from, to), 4)
		require.True(t, wasCut, err)
		for _, l := range []sqldb.Location{from, to} {
			_, err := sqldb.Open(t.Context(), l, depot, sqldb.Options{})
			require.ErrorIs(t, err, sqldb.ErrNotHome)
			require.ErrorContains(t, err, "--resume")
			_, err = migrate.Up(t.Context(), l, depot, scripts())
			require.ErrorIs(t, err, sqldb.ErrNotHome)
			if l.Engine == sqldb.SQLite && l.Dir == to.Dir {
				continue // the lock and the mark keep writers away; there is no fence
			}
			do(t, l, func(db *sql.DB) {
				_, err := db.ExecContext(t.Context(), "INSERT INTO bus_consumer (name) VALUES ('late')")
				require.ErrorContains(t, err, sqldb.FenceText)
			})
		}
		require.ErrorIs(t, moving(from, b.Location(t)).Run(t.Context()), move.ErrUnfinished)
		require.ErrorIs(t, resuming(from, b.Location(t)).Run(t.Context()), move.ErrUnfinished)
		require.ErrorIs(t, moving(made(t, a), to).Run(t.Context()), move.ErrUnfinished)
		s, err := moving(from, to).Status(t.Context())
		require.NoError(t, err)
		require.Equal(t, move.Fenced, s.State)
		require.Equal(t, sqldb.Leaving, s.Source.Standing)
		require.Equal(t, sqldb.Arriving, s.Target.Standing)
		require.NotEmpty(t, s.Tables)
	})
}

func TestAValueThatTheTargetCannotKeepIsNamedAndNothingIsSwitched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		statement string
		column    string
		told      string
	}{
		"no UTF-8":          {"INSERT INTO shelf (id, name, code) VALUES (77, ?, '')", "name", "UTF-8"},
		"too long":          {"INSERT INTO shelf (id, name, code) VALUES (77, '12345678901', '')", "name", "11 characters"},
		"too wide":          {"INSERT INTO shelf (id, name, code, width) VALUES (77, '', '', 2147483648)", "width", "2147483648"},
		"too short":         {"INSERT INTO shelf (id, name, code, hash) VALUES (77, '', '', x'01')", "hash", "1 bytes"},
		"space at the end":  {"INSERT INTO shelf (id, name, code) VALUES (77, '', 'a ')", "code", "space"},
		"a number in bytes": {"INSERT INTO shelf (id, name, code, hash) VALUES (77, '', '', 12)", "hash", "int64"},
		"equal on MySQL":    {"INSERT INTO zone (id, name) VALUES (x'00112233445566778899aabbccddeeff', 'north ')", "zone_name", "spaces at the end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to := made(t, dbtest.Only(t, sqldb.SQLite)), dbtest.Only(t, sqldb.MySQL).Location(t)
			fill(t, from, 10)
			do(t, from, func(db *sql.DB) {
				if name == "no UTF-8" {
					exec(t, db, c.statement, "\xc3(")
					return
				}
				exec(t, db, c.statement)
			})
			err := moving(from, to).Run(t.Context())
			require.ErrorIs(t, err, move.ErrValue)
			for _, part := range []string{c.column, c.told} {
				require.ErrorContains(t, err, part)
			}
			if c.column != "zone_name" {
				require.Regexp(t, `shelf.*77`, err.Error())
			} else {
				require.Regexp(t, `zone, key 0x[0-9a-f]{32}`, err.Error())
			}
			require.ErrorIs(t, resuming(from, to).Run(t.Context()), move.ErrValue, "again")
			require.NoError(t, moving(from, to).Abort(t.Context()))
			do(t, from, func(db *sql.DB) {
				exec(t, db, "DELETE FROM shelf WHERE id = 77")
				exec(t, db, "DELETE FROM zone WHERE name = 'north '")
			})
			require.NoError(t, moving(from, to).Run(t.Context()))
		})
	}
}

func TestOneServerByTwoNamesIsOnePlace(t *testing.T) {
	t.Parallel()
	raw := dbtest.Only(t, sqldb.MySQL).URL(t)
	from, err := sqldb.ParseLocation(raw)
	require.NoError(t, err)
	_, err = migrate.Up(t.Context(), from, depot, scripts())
	require.NoError(t, err)
	u, err := url.Parse(raw)
	require.NoError(t, err)
	if u.Hostname() != "127.0.0.1" {
		u.Host = "127.0.0.1:" + u.Port()
	} else {
		u.Host = "localhost:" + u.Port()
	}
	to, err := sqldb.ParseLocation(u.String())
	require.NoError(t, err)
	err = moving(from, to).Run(t.Context())
	require.ErrorIs(t, err, move.ErrSamePlace)
	requireUntouched(t, from)
}

func TestATargetThatIsAwayOrHasNoUserIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	from := made(t, dbtest.Only(t, sqldb.SQLite))
	for raw, want := range map[string]string{
		"mysql://u:hunter2@127.0.0.1:1/": "127.0.0.1:1",
		"mysql://127.0.0.1:1/":           move.ErrNoUser.Error(),
	} {
		to, err := sqldb.ParseLocation(raw)
		require.NoError(t, err)
		err = moving(from, to).Run(t.Context())
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
	}
	notAFolder := t.TempDir() + "/file"
	require.NoError(t, os.WriteFile(notAFolder, nil, 0o600))
	require.Error(t, moving(from, sqldb.Location{Engine: sqldb.SQLite, Dir: notAFolder}).Run(t.Context()))
	requireUntouched(t, from)
}

// The engines' own sums are enough to find what is sampled, however little it is.
func TestTheEnginesSumsFindWhatTheChecksumsWould(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), made(t, b)
		for _, l := range []sqldb.Location{from, to} {
			fill(t, l, 60)
		}
		require.NoError(t, moving(from, to).CompareSums(t.Context()))
		for column, c := range map[string]struct{ change, undo string }{
			"NULLs of width":   {"UPDATE shelf SET width = NULL WHERE id = 1", "UPDATE shelf SET width = 0 WHERE id = 1"},
			"digits of width":  {"UPDATE shelf SET width = 8 WHERE id = 5", "UPDATE shelf SET width = 7 WHERE id = 5"},
			"digits of name":   {"UPDATE shelf SET name = 'b' WHERE id = 3", "UPDATE shelf SET name = 'a' WHERE id = 3"},
			"digits of hash":   {"UPDATE shelf SET hash = x'31323334353637383930313233343537' WHERE id = 5", "UPDATE shelf SET hash = x'31323334353637383930313233343536' WHERE id = 5"},
			"length of note":   {"UPDATE shelf SET note = '22' WHERE id = 5", "UPDATE shelf SET note = '2' WHERE id = 5"},
			"greatest of name": {"UPDATE bus_consumer SET name = 'ordes'", "UPDATE bus_consumer SET name = 'order'"},
		} {
			do(t, to, func(db *sql.DB) { exec(t, db, c.change) })
			err := moving(from, to).CompareSums(t.Context())
			require.ErrorIs(t, err, move.ErrDiffers)
			require.ErrorContains(t, err, column)
			do(t, to, func(db *sql.DB) { exec(t, db, c.undo) })
		}
		require.NoError(t, moving(from, to).CompareSums(t.Context()))
		do(t, to, func(db *sql.DB) {
			exec(t, db, "UPDATE shelf SET width = CASE id WHEN 1 THEN 7 ELSE 0 END WHERE id IN (1, 5)")
		})
		require.ErrorContains(t, moving(from, to).CompareSums(t.Context()), "rows is", "two values that changed places")
		do(t, to, func(db *sql.DB) { exec(t, db, "DELETE FROM shelf") })
		require.ErrorContains(t, moving(from, to).CompareSums(t.Context()), "COUNT is 5 and 0")
	})
}

// What somebody changes at the target behind the move's back is found by the comparison.
func TestADifferenceIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"missing":   "DELETE FROM zone",
		"too many":  "INSERT INTO zone (id, name) VALUES (x'00112233445566778899aabbccddeeff', 'more')",
		"different": "UPDATE zone SET name = 'nortH'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
				from, to := made(t, a), b.Location(t)
				fill(t, from, 10)
				m := moving(from, to)
				cutWhen(t, m, move.Copied)
				do(t, to, func(db *sql.DB) {
					conn, err := db.Conn(t.Context())
					require.NoError(t, err)
					if to.Engine == sqldb.MySQL {
						var pass string
						require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT move_id FROM bus_place").Scan(&pass))
						_, err = conn.ExecContext(t.Context(), "SET @banyan_move = ?", pass)
						require.NoError(t, err)
					}
					_, err = conn.ExecContext(t.Context(), statement)
					require.NoError(t, err)
					require.NoError(t, conn.Close())
				})
				err := resuming(from, to).Run(t.Context())
				require.ErrorIs(t, err, move.ErrDiffers)
				require.ErrorContains(t, err, name)
				require.ErrorContains(t, err, "zone")
				require.NoError(t, m.Abort(t.Context()))
			})
		})
	}
}

func TestALostTargetGivesTheSourceBackAndIsNeverResumed(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, a, b dbtest.Engine) {
		from, to := made(t, a), b.Location(t)
		fill(t, from, 10)
		require.ErrorIs(t, moving(from, to).AbortWithoutTarget(t.Context()), move.ErrLost)
		wasCut, err := cut(t.Context(), moving(from, to), 4)
		require.True(t, wasCut, err)
		require.NoError(t, moving(from, to).AbortWithoutTarget(t.Context()))
		requireUntouched(t, from)
		require.ErrorIs(t, resuming(from, to).Run(t.Context()), move.ErrUnfinished, "its copy is stale")
		require.ErrorIs(t, moving(from, to).Run(t.Context()), move.ErrUnfinished)
		require.NoError(t, moving(from, b.Location(t)).Run(t.Context()))
	})
}

func TestAUserWhoMayNotMakeTheFenceIsRefusedBeforeIt(t *testing.T) {
	t.Parallel()
	raw := dbtest.Only(t, sqldb.MySQL).URL(t)
	owner, err := sqldb.ParseLocation(raw)
	require.NoError(t, err)
	_, err = migrate.Up(t.Context(), owner, depot, scripts())
	require.NoError(t, err)
	schema := owner.Schema(depot)
	do(t, owner, func(db *sql.DB) {
		exec(t, db, "CREATE USER '"+schema+"'@'%' IDENTIFIED BY 'Aa1-a-tests-own'")
		exec(t, db, "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX ON `"+schema+"`.* TO '"+schema+"'@'%'")
	})
	t.Cleanup(func() {
		db, err := sqldb.OpenToLook(owner, depot)
		require.NoError(t, err)
		defer db.Close()
		_, err = db.ExecContext(context.WithoutCancel(t.Context()), "DROP USER '"+schema+"'@'%'")
		require.NoError(t, err)
	})
	u, err := url.Parse(raw)
	require.NoError(t, err)
	u.User = url.UserPassword(schema, "Aa1-a-tests-own")
	from, err := sqldb.ParseLocation(u.String())
	require.NoError(t, err)
	err = moving(from, dbtest.Only(t, sqldb.SQLite).Location(t)).Run(t.Context())
	require.ErrorIs(t, err, move.ErrFence)
	require.ErrorContains(t, err, "the URL's user needs the TRIGGER privilege")
	requireUntouched(t, owner)
}
