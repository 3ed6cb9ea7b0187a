package assembly

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/route"
)

// newTable is called after the modules' constructors, as newServer is: the rules are in their schemas.
func newTable(_ Served, setup Setup, schemas *schemaList, now func() time.Time, log *slog.Logger, metrics prometheus.Registerer) (*route.Book, *route.Table, error) {
	var here []string
	for _, db := range schemas.open {
		here = append(here, db.Module())
	}
	elsewhere := setup.Config.Routes.Texts()
	book := route.NewBook(schemas.open, elsewhere, now)
	table, err := route.NewTable(route.Options{
		Modules: ModuleNames(), Hosted: here, Peers: elsewhere, Book: book, Ignore: mayDiffer(), Now: now, Log: log, Metrics: metrics,
	})
	return book, table, err
}

// mayDiffer are the paths in answers, by operation, at which two processes of a module may differ and both be
// right.
func mayDiffer() map[string][]string {
	return map[string][]string{"*": {"request_id"}} // of a problem
}
