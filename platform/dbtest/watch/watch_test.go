package watch_test

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/dbtest/observed"
	"github.com/banyan-commerce/banyan/platform/dbtest/watch"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// orchard and cellar are two modules; the orchard had another table once.
func schemas(t *testing.T) *watch.Schemas {
	t.Helper()
	s, err := watch.ReadSchemas(fstest.MapFS{
		"platform/migrate/platform/00001_bus.sql": {Data: []byte("CREATE TABLE bus_outbox (id INT); CREATE TABLE bus_place (id INT);")},
		"migrations/orchard/00001_orchard.sql":    {Data: []byte("CREATE TABLE tree (id INT); CREATE TABLE stump (id INT);\n-- +goose Down\nDROP TABLE tree;")},
		"migrations/orchard/00002_stumps.sql":     {Data: []byte("DROP TABLE stump;")},
		"migrations/cellar/00001_cellar.sql":      {Data: []byte("CREATE TABLE barrel (id INT);")},
	})
	require.NoError(t, err)
	return s
}

// complaints is what the watch told to a test.
type complaints struct {
	mu   sync.Mutex
	told []string
}

func (c *complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = append(c.told, text)
}

// open makes the schema of a module of orchard's tables, and watches it.
func open(t *testing.T, e dbtest.Engine, w *watch.Watch, module string) (*sqldb.DB, *complaints) {
	t.Helper()
	l := e.Location(t)
	plain, release, err := sqldb.OpenForMigration(t.Context(), l, module)
	require.NoError(t, err)
	for _, table := range []string{"tree", "bus_outbox", "basket"} {
		_, err := plain.ExecContext(t.Context(), "CREATE TABLE "+table+" (id INT)")
		require.NoError(t, err)
	}
	require.NoError(t, release())
	var c complaints
	db, err := sqldb.Open(t.Context(), l, module, sqldb.Options{Wrap: w.Wrap(module, c.add)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, &c
}

// harvest stands in a module's code for who sends a statement.
func harvest(t *testing.T, db *sqldb.DB, statement string) error {
	t.Helper()
	return sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), statement)
		return err
	})
}

func gaze(t *testing.T, db *sqldb.DB, statement string) error {
	t.Helper()
	var rows []int
	return db.Select(t.Context(), &rows, statement)
}

func TestAForeignStatementIsRefusedAndToldWithModuleStatementAndStack(t *testing.T) {
	t.Parallel()
	long := "SELECT id FROM barrel WHERE id NOT IN (" + strings.Repeat("1, ", 1000) + "1)" // too long to be prepared
	for name, c := range map[string]struct {
		statement, says string
		send            func(*testing.T, *sqldb.DB, string) error
		who             string
	}{
		"written":          {"INSERT INTO barrel (id) VALUES (1)", "names table barrel (INTO), which belongs to module cellar", harvest, "watch_test.harvest"},
		"read":             {"SELECT id FROM Barrel", "names table Barrel (FROM), which belongs to module cellar", gaze, "watch_test.gaze"},
		"read at length":   {long, "belongs to module cellar", gaze, "watch_test.gaze"},
		"written at once":  {strings.Replace(long, "SELECT id", "DELETE", 1), "belongs to module cellar", harvest, "watch_test.harvest"},
		"joined":           {"SELECT t.id FROM tree t WHERE EXISTS (SELECT 1 FROM barrel b WHERE b.id = t.id)", "belongs to module cellar", gaze, "watch_test.gaze"},
		"by schema":        {"SELECT id FROM other.tree", "names table tree with its schema, other", gaze, "watch_test.gaze"},
		"nobody's":         {"SELECT id FROM shrub", "names table shrub (FROM), which no migration makes", gaze, "watch_test.gaze"},
		"dropped long ago": {"DELETE FROM stump", "names table stump (FROM), which no migration makes", harvest, "watch_test.harvest"},
		"session switched": {"USE banyan_cellar", "sends USE", harvest, "watch_test.harvest"},
		"file attached":    {"SELECT 1; ATTACH DATABASE ':memory:' AS c", "sends ATTACH", harvest, "watch_test.harvest"},
		"locked by name":   {"SELECT id FROM tree WHERE GET_LOCK('tree', 1) = 1", "calls GET_LOCK", gaze, "watch_test.gaze"},
		"held up":          {"DELETE FROM tree WHERE sleep(1) = 0", "calls SLEEP", harvest, "watch_test.harvest"},
		"hidden in a text": {"PREPARE s FROM 'SELECT id FROM barrel'", "sends PREPARE", harvest, "watch_test.harvest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
				db, got := open(t, e, watch.New(schemas(t), observed.NewRecord("")), "orchard")
				for range 2 {
					require.ErrorIs(t, c.send(t, db, c.statement), watch.ErrForeign)
				}
				require.Len(t, got.told, 1, "told once, refused always")
				for _, part := range []string{"module orchard ", c.says, "\tstatement: " + c.statement[:min(len(c.statement), 500)], c.who, "watch_test.go:"} {
					require.Contains(t, got.told[0], part)
				}
				require.NotContains(t, got.told[0], "database/sql")
				require.Less(t, len(got.told[0]), 3000)
				require.NoError(t, gaze(t, db, "SELECT id FROM tree"), "the connection is as it was")
			})
		})
	}
}

func TestWhatIsTheModulesOwnPasses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		db, got := open(t, e, watch.New(schemas(t), observed.NewRecord("")), "orchard")
		require.NoError(t, harvest(t, db, "INSERT INTO `tree` (id) VALUES (1)"))
		require.NoError(t, harvest(t, db, "DELETE FROM bus_outbox"))
		require.NoError(t, gaze(t, db, "WITH barrel AS (SELECT id FROM tree) SELECT id FROM barrel"))
		require.NoError(t, sqldb.InTx(t.Context(), db, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), "CREATE TEMPORARY TABLE ladder (id INT)")
			if err == nil {
				_, err = tx.Exec(t.Context(), "INSERT INTO ladder (id) SELECT id FROM tree")
			}
			return err
		}))
		if e.Kind == sqldb.MySQL {
			require.NoError(t, gaze(t, db, "SELECT COUNT(*) FROM information_schema.tables"))
		} else {
			require.NoError(t, gaze(t, db, "SELECT COUNT(*) FROM sqlite_master, pragma_page_size()"))
		}
		require.Empty(t, got.told)
	})
}

func TestSchemasOfNoModuleKnowAnyTableButThoseOfModules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		folder := t.TempDir()
		db, got := open(t, e, watch.New(schemas(t), observed.NewRecord(folder)), "desk")
		require.NoError(t, gaze(t, db, "SELECT id FROM basket"))
		require.Empty(t, got.told)
		require.ErrorIs(t, gaze(t, db, "SELECT id FROM tree"), watch.ErrForeign)
		require.Len(t, got.told, 1)
		require.Contains(t, got.told[0], "module desk names table tree (FROM), which belongs to module orchard")
		seen, err := observed.Read(folder)
		require.NoError(t, err)
		require.Empty(t, seen)
	})
}

func TestAProgramsConnectionsAreAskedWhoseTheyAre(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		l := e.Location(t)
		_, release, err := sqldb.OpenForMigration(t.Context(), l, "orchard")
		require.NoError(t, err)
		require.NoError(t, release())
		var got complaints
		w := watch.New(schemas(t), observed.NewRecord(""))
		db, err := sqldb.Open(t.Context(), l, "orchard", sqldb.Options{Wrap: w.WrapProgram(got.add)})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.ErrorIs(t, gaze(t, db, "SELECT id FROM barrel"), watch.ErrForeign)
		require.Contains(t, got.told[0], "module orchard names table barrel")
	})
}

func TestEachTableIsRecordedOnceWithItsModule(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	db, _ := open(t, dbtest.Only(t, sqldb.SQLite), watch.New(schemas(t), observed.NewRecord(folder)), "orchard")
	for _, statement := range []string{"SELECT id FROM tree", "SELECT id + 1 FROM TREE", "SELECT id FROM bus_outbox"} {
		require.NoError(t, gaze(t, db, statement))
	}
	seen, err := observed.Read(folder)
	require.NoError(t, err)
	require.Equal(t, []observed.Edge{{Kind: observed.Table, Module: "orchard", Name: "tree"}}, seen)
}

func TestARecordThatCanNotBeWrittenFailsTheTest(t *testing.T) {
	t.Parallel()
	db, got := open(t, dbtest.Only(t, sqldb.SQLite), watch.New(schemas(t), observed.NewRecord(t.TempDir()+"/gone")), "orchard")
	require.Error(t, gaze(t, db, "SELECT id FROM tree"))
	require.Contains(t, got.told[0], "record what tests see")
}

func TestMetricsOfAProgramTellEdges(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := watch.New(schemas(t), observed.NewRecord(folder))
	const text = `# TYPE banyan_calls_total counter
banyan_calls_total{callee="cellar",caller="orchard",method="Store",result="ok"} 2
banyan_calls_total{callee="cellar",caller="orchard",method="Store",result="conflict"} 1
banyan_calls_total{callee="cellar",caller="",method="Open",result="ok"} 1
banyan_calls_total{callee="cellar",caller="platform",method="Open",result="ok"} 1
banyan_calls_total{callee="cellar",caller="orchard",method="Burn",result="ok"} 0
# TYPE banyan_events_total counter
banyan_events_total{consumer="cellar",result="held",type="orchard.picked"} 1
# TYPE banyan_events_published_total counter
banyan_events_published_total{module="orchard",type="orchard.picked"} 1e+06
# TYPE banyan_other_total counter
banyan_other_total{module="orchard",type="orchard.rained"} 1
`
	for range 2 {
		require.NoError(t, w.SeeMetrics(strings.NewReader(text)))
	}
	require.Error(t, w.SeeMetrics(strings.NewReader("<html>")))
	seen, err := observed.Read(folder)
	require.NoError(t, err)
	require.Equal(t, []observed.Edge{
		{Kind: observed.Call, Module: "orchard", Name: "cellar.Store"},
		{Kind: observed.Event, Module: "cellar", Name: "orchard.picked"},
		{Kind: observed.Publish, Module: "orchard", Name: "orchard.picked"},
	}, seen)
}

func TestMigrationsThatMakeNothingAreRefused(t *testing.T) {
	t.Parallel()
	for _, root := range []fstest.MapFS{
		{},
		{"migrations/orchard/1.sql": {Data: []byte("CREATE TABLE tree (id INT);")}},
		{"platform/migrate/platform/1.sql": {Data: []byte("CREATE TABLE bus (id INT);")}, "migrations/orchard/1.sql": {Data: []byte("SELECT 1;")}},
	} {
		_, err := watch.ReadSchemas(root)
		require.Error(t, err)
	}
}
