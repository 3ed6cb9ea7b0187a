package crashpoint_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// world is one run: a store, the provider, the clients, and the program in one life after the other.
type world struct {
	store     string
	processor *processor
	onlooker  *onlooker
	fate      *fate
	clients   int
	events    int64 // that all consumers together take in the end; 0 if that is to be found out
	sql       sqldb.Options

	lives   []*life
	patient bool   // events that were taken long ago are to be deleted, which takes the program a moment
	births  int    // calls while the first life began
	settled sight  // when all was done, before the last life ended
	metrics string // of the last life that nothing has struck
}

// newWorld makes a shop with goods in a store of its own.
func newWorld(t *testing.T, g *ground, clients int, twice bool, faults ...fault) *world {
	t.Helper()
	w := &world{store: g.store(t), processor: newProcessor(t), fate: newFate(faults...), clients: clients}
	w.sql = dbtest.Watched(t, sqldb.Options{RunTwice: twice})
	var err error
	w.onlooker, err = watch(t.Context(), w.store)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.onlooker.close()) })
	return w
}

// maxLives is what a plan of these tests needs at most: one for each fault, one, and a patient one.
const maxLives = 4

// run lets the program live until all is done, and says what is wrong then.
func (w *world) run(ctx context.Context) error {
	for range maxLives {
		done, err := w.live(ctx)
		if done || err != nil {
			return err
		}
		if err := w.onlooker.letTimePass(ctx); err != nil {
			return err
		}
	}
	return errors.New("it does not come to an end")
}

// live is one life. Done says that everything has happened, been checked, and nothing is left over.
func (w *world) live(ctx context.Context) (done bool, err error) {
	strikes := len(w.fate.strikes())
	l, err := born(ctx, w.fate, w.store, w.processor.server.URL, w.sql)
	w.lives = append(w.lives, l)
	if len(w.lives) == 1 {
		w.births = w.fate.arm()
	}
	if err == nil {
		err = w.trade(ctx, l)
	}
	if err == nil && len(w.fate.strikes()) == 0 && dbtest.Observing() {
		w.fate.spare(true)
		w.metrics = l.ask(ctx, http.MethodGet, "/metrics", "").body
		w.fate.spare(false)
	}
	ended := l.end(ctx)
	switch {
	case l.dead():
		return false, ended
	case err != nil && l.at.Server == nil && len(w.fate.strikes()) > strikes:
		return false, ended // it did not start, and is started again
	case err != nil || ended != nil:
		return false, errors.Join(err, ended)
	}
	return w.leftNothing(ctx)
}

// leftNothing looks what a program that has stopped leaves. Its last deletion of events that were taken
// may have failed, or it may not have looked yet at those that were taken before it was started: that is
// for the next life, which is given the time.
func (w *world) leftNothing(ctx context.Context) (bool, error) {
	left, err := w.onlooker.see(ctx)
	switch {
	case err != nil || left.empty():
		return true, err
	case left.settled() && !w.patient && len(w.fate.strikes()) > 0:
		w.patient = true
		return false, nil
	}
	return false, fmt.Errorf("left over: %+v", left)
}

// trade is what clients and operator do in each life, whatever they have done in those before.
func (w *world) trade(ctx context.Context, l *life) error {
	ids, err := placeAll(ctx, l, w.clients)
	if err != nil {
		return err
	}
	if _, err := w.onlooker.untilSettled(ctx, l, sight.settled); err != nil || l.dead() {
		return err
	}
	for _, id := range ids {
		if err := send(ctx, l, id); err != nil {
			return err
		}
	}
	if w.settled, err = w.onlooker.untilSettled(ctx, l, sight.settled); err != nil || l.dead() {
		return err
	}
	if w.patient {
		if _, err := w.onlooker.untilSettled(ctx, l, sight.empty); err != nil || l.dead() {
			return err
		}
	}
	w.fate.spare(true)
	defer w.fate.spare(false)
	wrong, err := inspect(ctx, l, w.processor, ids)
	if w.events > 0 {
		wrong.equal("events taken", w.events, w.settled.Taken)
	}
	if err == nil && len(wrong) > 0 {
		err = errors.New(strings.Join(wrong, "\n"))
	}
	return err
}

// String tells a run that went wrong.
func (w *world) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, "struck:\n\t"+strings.Join(w.fate.strikes(), "\n\t"))
	for i, l := range w.lives {
		fmt.Fprintf(&b, "log of life %d:\n%s", i+1, l.log.String())
	}
	return b.String()
}

// ground gives runs their stores: shops with goods, that have been running before.
type ground struct {
	engine dbtest.Engine
	filled func() (map[string][]byte, error) // SQLite: the files
}

func newGround(t *testing.T, e dbtest.Engine) *ground {
	t.Helper()
	g := &ground{engine: e}
	g.filled = sync.OnceValues(func() (map[string][]byte, error) {
		dir := strings.TrimPrefix(g.empty(t), "sqlite:")
		files := map[string][]byte{}
		for _, module := range assembly.ModuleNames() {
			var err error
			if files[module], err = os.ReadFile(filepath.Join(dir, module+".db")); err != nil {
				return nil, err
			}
		}
		return files, nil
	})
	return g
}

// empty is a new store with a shop that has goods.
func (g *ground) empty(t *testing.T) string {
	t.Helper()
	store := g.engine.MigratedURL(t, assembly.ModuleNames()...)
	l, err := born(t.Context(), newFate(), store, "http://127.0.0.1:0", dbtest.Watched(t, sqldb.Options{}))
	require.NoError(t, err)
	require.NoError(t, offer(t.Context(), l))
	require.NoError(t, l.end(t.Context()))
	return store
}

func (g *ground) store(t *testing.T) string {
	t.Helper()
	if g.engine.Kind == sqldb.MySQL {
		return g.empty(t)
	}
	files, err := g.filled()
	require.NoError(t, err)
	dir := t.TempDir()
	for module, file := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, module+".db"), file, 0o600))
	}
	return "sqlite:" + dir
}
