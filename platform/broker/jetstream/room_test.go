package jetstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/audit"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// The press prints and binds books. The reader takes one after another; the library takes sets, and knows no
// other binding than the first.
type (
	printed struct {
		N     int64
		Mood  string // what it does to the reader, or the library
		Words []string
		Text  string
	}
	sewn  struct{ Pages int64 } // press.bound, first version
	bound struct{ Pages, Sheets int64 }
)

// The moods of books.
const (
	refused   = "refused"   // the reader errs until he is told to mend
	alike     = "alike"     // so he does, with another error
	panicking = "panicking" // he panics until then
	hanging   = "hanging"   // he waits for his deadline until then
	busy      = "busy"      // the first three times his database is in trouble
	scribbled = "scribbled" // he and the library write into what they were given; he errs until he is told to mend
	slow      = "slow"      // he takes his time
	locked    = "locked"    // the library waits until it is told to mend
)

func (printed) EventType() event.Type { return event.Type{Name: "press.printed", Version: 1} }
func (sewn) EventType() event.Type    { return event.Type{Name: "press.bound", Version: 1} }
func (bound) EventType() event.Type   { return event.Type{Name: "press.bound", Version: 2} }

func (bound) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(old sewn) (bound, error) { return bound{Pages: old.Pages, Sheets: old.Pages / 16}, nil })}
}

const book = "book"

func readers() []string { return []string{"reader", "library"} }

func trade() []module.Manifest {
	all := []module.Manifest{{
		Name: "press", Publishes: []event.Definition{event.Define(printed{}), event.Define(sewn{}), event.Define(bound{})},
	}}
	for _, name := range readers() {
		all = append(all, module.Manifest{Name: name, Listens: []string{"press.printed", "press.bound"}})
	}
	return all
}

// What a handler says of a book that it does not like.
var (
	errRefused = fault.New(fault.Conflict, "book_refused", "The reader does not like this book.")
	errAlike   = fault.New(fault.Invalid, "book_alike", "This is the same book again.")
)

// sight is what a handler was given.
type sight struct {
	Envelope event.Envelope
	Fact     json.RawMessage
}

// readerDeadline is long for a transaction and short for a test.
const readerDeadline = 2 * time.Second

// room is where the reader and the library are: this process, or another one. It is told what to do in
// words, since nobody else may open the files of its databases.
type room struct {
	*bus.Bus

	dbs map[string]*sqldb.DB

	mu       sync.Mutex
	mended   chan struct{} // closed when it is
	troubles map[id.UUID]int
}

func openRoom(ctx context.Context, l sqldb.Location) (*room, error) {
	r := &room{dbs: map[string]*sqldb.DB{}, mended: make(chan struct{}), troubles: map[id.UUID]int{}}
	r.Bus = bus.New(slog.New(slog.DiscardHandler), time.Now, prometheus.NewRegistry())
	for _, name := range readers() {
		db, err := sqldb.Open(ctx, l, name, sqldb.Options{RunTwice: true})
		if err != nil {
			return nil, errors.Join(err, r.closeDatabases())
		}
		r.dbs[name] = db
	}
	return r, r.createTables(ctx)
}

func (r *room) closeDatabases() error {
	var errs []error
	for _, db := range r.dbs {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// createTables makes the tables of effects; another room may have made them before.
func (r *room) createTables(ctx context.Context) error {
	for name, db := range r.dbs {
		number := "INTEGER PRIMARY KEY AUTOINCREMENT"
		if db.Engine() == sqldb.MySQL {
			number = "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"
		}
		if err := r.exec(ctx, name, "CREATE TABLE IF NOT EXISTS seen (n "+number+", what MEDIUMBLOB NOT NULL)"); err != nil {
			return err
		}
	}
	return nil
}

func (r *room) exec(ctx context.Context, name, query string, args ...any) error {
	return sqldb.InTx(ctx, r.dbs[name], func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}

func (r *room) subscriptions() []bus.Subscription {
	return []bus.Subscription{
		{Consumer: "reader", Schema: r.dbs["reader"], Deadline: readerDeadline, Handlers: []bus.Handler{
			bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact printed) error {
				return r.read(ctx, tx, e, fact)
			}),
			bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact bound) error {
				return see(ctx, tx, e, fact)
			}),
		}},
		{Consumer: "library", Schema: r.dbs["library"], Handlers: []bus.Handler{
			bus.OnSet(func(printed) id.UUID { return id.New() }, r.shelve),
			bus.On(func(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact sewn) error {
				return see(ctx, tx, e, fact)
			}),
		}},
	}
}

const insertSeen = "INSERT INTO seen (what) VALUES (?)"

func see(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact event.Event) error {
	if b, ok := fact.(printed); ok && b.Text != "" { // its number is enough
		b.Text, e.Payload = "", nil
		fact = b
	}
	text, err := json.Marshal(fact)
	if err != nil {
		return err
	}
	what, err := json.Marshal(sight{e, text})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertSeen, what)
	return err
}

func (r *room) isMended() bool {
	select {
	case <-r.mended:
		return true
	default:
		return false
	}
}

// read is the reader's handler. What he writes before he errs is rolled back.
func (r *room) read(ctx context.Context, tx *sqldb.Tx, e event.Envelope, fact printed) error {
	if err := see(ctx, tx, e, fact); err != nil {
		return err
	}
	if fact.Mood == slow {
		<-time.After(300 * time.Millisecond)
	}
	if fact.Mood == busy && r.trouble(e.ID) <= 3 {
		return fmt.Errorf("read: %w", sqldb.ErrBusy)
	}
	if fact.Mood == scribbled {
		scribble(e, fact)
	}
	if r.isMended() {
		return nil
	}
	switch fact.Mood {
	case refused, scribbled:
		return fmt.Errorf("read book %d: %w", fact.N, errRefused)
	case alike:
		return errAlike
	case panicking:
		panic("a mistake of the reader")
	case hanging:
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (r *room) trouble(of id.UUID) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.troubles[of]++
	return r.troubles[of]
}

// scribble writes over all that a handler was given.
func scribble(e event.Envelope, fact printed) {
	for i := range e.Payload {
		e.Payload[i] = 'x'
	}
	for i := range fact.Words {
		fact.Words[i] = "scribbled"
	}
}

func (r *room) shelve(ctx context.Context, tx *sqldb.Tx, facts []bus.Fact[printed]) error {
	for _, f := range facts {
		if f.Event.Mood == locked {
			select {
			case <-r.mended:
			case <-ctx.Done():
				return fmt.Errorf("shelve: %w", sqldb.ErrBusy)
			}
		}
		if err := see(ctx, tx, f.Envelope, f.Event); err != nil {
			return err
		}
		if f.Event.Mood == scribbled {
			scribble(f.Envelope, f.Event)
		}
	}
	return nil
}

// run does an errand and answers what it has found:
//
//	mend                    the handlers like everything from now on
//	seen CONSUMER           what took effect, in its order
//	numbers CONSUMER        the numbers of the books in it
//	held CONSUMER           what is held, with its payload
//	due CONSUMER            what is to be retried is due, and from the third attempt on it is the seventh
//	replay CONSUMER ID      an operator's decision
//	discard CONSUMER ID     another one
//	deliver CONSUMER EVENT  an event that comes once more
func (r *room) run(ctx context.Context, errand string) (answer string, err error) {
	words := strings.SplitN(errand, " ", 3)
	switch words[0] {
	case "mend":
		if !r.isMended() {
			close(r.mended)
		}
	case "seen":
		answer, err = r.seen(ctx, words[1])
	case "numbers":
		answer, err = r.numbers(ctx, words[1])
	case "held":
		answer, err = r.held(ctx, words[1])
	case "due":
		err = r.exec(ctx, words[1], "UPDATE bus_held SET next_at = 0, attempts = CASE WHEN attempts BETWEEN 2 AND 5 THEN 6 ELSE attempts END")
	case "replay", "discard":
		answer, err = r.decide(ctx, words[0], words[1], words[2])
	case "deliver":
		err = r.deliver(ctx, words[1], words[2])
	default:
		err = fmt.Errorf("unknown errand %q", errand)
	}
	return answer, err
}

func (r *room) seen(ctx context.Context, consumer string) (string, error) {
	var rows []string
	err := r.dbs[consumer].Select(ctx, &rows, "SELECT what FROM seen ORDER BY n")
	return "[" + strings.Join(rows, ",") + "]", err
}

func (r *room) numbers(ctx context.Context, consumer string) (string, error) {
	text, err := r.seen(ctx, consumer)
	if err != nil {
		return "", err
	}
	var all []sight
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return "", err
	}
	numbers := make([]int64, len(all))
	for i, s := range all {
		var fact printed
		if err := json.Unmarshal(s.Fact, &fact); err != nil {
			return "", err
		}
		numbers[i] = fact.N
	}
	answer, err := json.Marshal(numbers)
	return string(answer), err
}

func (r *room) held(ctx context.Context, consumer string) (string, error) {
	all, err := bus.ListHeld(ctx, r.dbs[consumer], bus.HeldFilter{Limit: 1000})
	if err != nil {
		return "", err
	}
	for i := range all {
		var payload []byte
		if err := r.dbs[consumer].Get(ctx, &payload, "SELECT payload FROM bus_held WHERE id = ?", all[i].ID); err != nil {
			return "", err
		}
		if all[i].Event.Payload = payload; !json.Valid(payload) {
			all[i].Event.Payload = json.RawMessage(strconv.Quote(string(payload)))
		}
	}
	text, err := json.Marshal(all)
	return string(text), err
}

// decide answers how many events a decision was about, or the kind and code of its error.
func (r *room) decide(ctx context.Context, action, consumer, number string) (string, error) {
	held, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return "", err
	}
	by, n := audit.By{Actor: "operator", At: time.Now(), Reason: "a test"}, int64(1)
	if action == "replay" {
		n, err = bus.Replay(ctx, r.dbs[consumer], held, bus.ScopeEvent, by)
	} else {
		err = bus.Discard(ctx, r.dbs[consumer], held, by)
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return string(f.Kind) + " " + f.Code, nil
	}
	return strconv.FormatInt(n, 10), err
}

func (r *room) deliver(ctx context.Context, consumer, text string) error {
	var e event.Envelope
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return err
	}
	subs := r.subscriptions()
	at := slices.IndexFunc(subs, func(s bus.Subscription) bool { return s.Consumer == consumer })
	return bus.Deliver(ctx, subs[at], e)
}
