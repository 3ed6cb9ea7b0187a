package assembly

import (
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// newTable is called before the modules' constructors, whose callers go by it. The rules are in the modules'
// schemas, and are read when all of them are open.
func newTable(setup Setup, schemas *schemaList, now func() time.Time, log *slog.Logger, metrics prometheus.Registerer) (*route.Book, *route.Table, error) {
	c := setup.Config
	settings := RouteSettings(c)
	book := route.NewBook(func() []*sqldb.DB { return schemas.open }, settings, now)
	table, err := route.NewTable(route.Options{
		Modules: ModuleNames(), Hosted: slices.DeleteFunc(ModuleNames(), func(name string) bool { return !c.Hosts(name) }),
		Settings: settings, Book: book, Unguarded: c.Unguarded, Ignore: mayDiffer(), Now: now, Log: log, Metrics: metrics,
	})
	return book, table, err
}

// RouteSettings are what a process is told of the others.
func RouteSettings(c config.Config) route.Settings {
	return route.Settings{
		Peers: c.Routes.Texts(), Calls: c.Peers.Texts(),
		Called: slices.DeleteFunc(ModuleNames(), func(name string) bool { return !called(c, name) }),
	}
}

// mayDiffer are the paths in answers, by operation, at which two processes of a module may differ and both be
// right.
func mayDiffer() map[string][]string {
	return map[string][]string{"*": {"request_id"}} // of a problem
}
