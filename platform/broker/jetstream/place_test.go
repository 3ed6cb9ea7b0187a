package jetstream_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/broker/jetstream"
	"github.com/banyan-commerce/banyan/platform/bus"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// place is where the consumers of the press are, seen from the press, which is in this process.
type place struct {
	t        *testing.T
	store    string
	location sqldb.Location
	press    *sqldb.DB
	bus      *bus.Bus
	publish  *bus.Publisher
	nats     *natsServer // nil in process, and so are the cables
	out, in  *cable      // of the press, and of the consumers

	clerk  func(errand string) (string, error) // works where the consumers are (room.run)
	halt   func()                              // ends the consumers in good order
	kill   func()                              // ends them at once; nil where that takes this process with it
	resume func()                              // starts them again
}

// everywhere runs a test of the bus with publisher and consumers in one process on one bus, in one process
// with a broker between them, and in two processes; on both engines.
func everywhere(t *testing.T, test func(t *testing.T, p *place)) {
	t.Helper()
	at(t, map[string]func(*place){
		"in process": (*place).together, "over a broker": (*place).overBroker, "another process": (*place).otherProcess,
	}, test)
}

// behindABroker is everywhere but on one bus, where there is no wire that could fail.
func behindABroker(t *testing.T, test func(t *testing.T, p *place)) {
	t.Helper()
	at(t, map[string]func(*place){"over a broker": (*place).overBroker, "another process": (*place).otherProcess}, test)
}

func at(t *testing.T, places map[string]func(*place), test func(t *testing.T, p *place)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		for name, open := range places {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := newPlace(t, e)
				open(p)
				p.resume()
				test(t, p)
			})
		}
	})
}

func newPlace(t *testing.T, e dbtest.Engine) *place {
	t.Helper()
	p := &place{t: t, store: e.MigratedURL(t, "press", "reader", "library")}
	var err error
	p.location, err = sqldb.ParseLocation(p.store)
	require.NoError(t, err)
	p.press, err = sqldb.Open(context.Background(), p.location, "press", sqldb.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.press.Close()) })
	if e.Kind == sqldb.MySQL { // whose databases the next test gets
		t.Cleanup(p.dropTables)
	}
	p.newBus()
	return p
}

func (p *place) newBus() {
	p.bus = bus.New(slog.New(slog.DiscardHandler), time.Now, prometheus.NewRegistry())
	p.publish = p.bus.Publisher(p.press)
}

func (p *place) dropTables() {
	r, err := openRoom(context.Background(), p.location)
	require.NoError(p.t, err)
	for _, name := range readers() {
		require.NoError(p.t, r.exec(context.Background(), name, "DROP TABLE IF EXISTS seen"))
	}
	require.NoError(p.t, r.closeDatabases())
}

// stopBus ends a bus in good order.
func stopBus(t *testing.T, b *bus.Bus) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, b.Stop(ctx))
}

// together is one bus. It starts anew with its consumers, as its process would.
func (p *place) together() {
	p.halt = func() {}
	p.resume = func() {
		r, err := openRoom(context.Background(), p.location)
		require.NoError(p.t, err)
		p.newBus()
		r.Bus = p.bus
		require.NoError(p.t, p.bus.Start(context.Background(), trade(), r.subscriptions()))
		p.clerk = func(errand string) (string, error) { return r.run(context.Background(), errand) }
		p.halt = sync.OnceFunc(func() {
			stopBus(p.t, p.bus)
			require.NoError(p.t, r.closeDatabases())
		})
	}
	p.t.Cleanup(func() { p.halt() })
}

// connect starts the press behind a broker.
func (p *place) connect() {
	p.nats = newNATS(p.t, false)
	p.out, p.in = newCable(p.t, p.nats.address()), newCable(p.t, p.nats.address())
	p.bus.Deploy(bus.Deployment{Hosted: []string{"press"}, Broker: broker(p.t, p.out.url())})
	require.NoError(p.t, p.bus.Start(context.Background(), trade(), nil))
	p.t.Cleanup(func() { stopBus(p.t, p.bus) })
	p.halt = func() {}
	p.t.Cleanup(func() { p.halt() })
}

func broker(t *testing.T, url string) *jetstream.Broker {
	t.Helper()
	b, err := jetstream.New(jetstream.Config{URL: url, Partitions: 4, AckWait: time.Second, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	require.NoError(t, err)
	return b
}

// overBroker is two buses of this process with a broker between them.
func (p *place) overBroker() {
	p.connect()
	p.resume = func() {
		r, err := openRoom(context.Background(), p.location)
		require.NoError(p.t, err)
		r.Deploy(bus.Deployment{Hosted: readers(), Broker: broker(p.t, p.in.url())})
		require.NoError(p.t, r.Start(context.Background(), trade(), r.subscriptions()))
		p.clerk = func(errand string) (string, error) { return r.run(context.Background(), errand) }
		p.halt = sync.OnceFunc(func() {
			stopBus(p.t, r.Bus)
			require.NoError(p.t, r.closeDatabases())
		})
	}
}

const (
	roomVariable   = "BANYAN_TEST_ROOM_OF_ANOTHER_PROCESS"
	brokerVariable = "BANYAN_TEST_BROKER_OF_ANOTHER_PROCESS"
)

// otherProcess is two processes: the consumers are in another one, which is this test's binary.
func (p *place) otherProcess() {
	p.connect()
	p.resume = func() {
		cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestTheRoomOfAnotherProcess$", "-test.timeout=10m")
		cmd.Env = append(os.Environ(), roomVariable+"="+p.store, brokerVariable+"="+p.in.url())
		in, err := cmd.StdinPipe()
		require.NoError(p.t, err)
		out, err := cmd.StdoutPipe()
		require.NoError(p.t, err)
		require.NoError(p.t, cmd.Start())
		says := listener(p.t, bufio.NewReader(out))
		p.clerk = func(errand string) (string, error) {
			_, err := fmt.Fprintln(in, errand)
			return says("done: "), err
		}
		end := func(how func()) func() {
			return sync.OnceFunc(func() {
				how()
				_ = cmd.Wait() // how it ended is seen by what it has done
			})
		}
		p.kill = end(func() { _ = cmd.Process.Kill() })
		p.halt = end(func() { _ = in.Close() })
		says("ready")
	}
}

// listener waits for a line that begins with a word, and answers the rest of it.
func listener(t *testing.T, out *bufio.Reader) func(word string) string {
	t.Helper()
	return func(word string) string {
		var said []string
		for {
			line, err := out.ReadString('\n')
			if rest, ok := strings.CutPrefix(line, word); ok {
				return strings.TrimSuffix(rest, "\n")
			}
			said = append(said, line)
			require.NoError(t, err, "the other process has ended: %q", said)
		}
	}
}

// TestTheRoomOfAnotherProcess is that process. It ends with its parent, whose death closes its input.
func TestTheRoomOfAnotherProcess(t *testing.T) {
	store := os.Getenv(roomVariable)
	if store == "" {
		return // nothing to test: otherProcess runs it
	}
	l, err := sqldb.ParseLocation(store)
	require.NoError(t, err)
	r, err := openRoom(t.Context(), l)
	require.NoError(t, err)
	r.Deploy(bus.Deployment{Hosted: readers(), Broker: broker(t, os.Getenv(brokerVariable))})
	require.NoError(t, r.Start(t.Context(), trade(), r.subscriptions()))
	fmt.Fprintln(os.Stdout, "ready")
	errands := bufio.NewReader(os.Stdin)
	for {
		errand, err := errands.ReadString('\n')
		if err != nil {
			break
		}
		answer, err := r.run(t.Context(), strings.TrimSuffix(errand, "\n"))
		require.NoError(t, err)
		fmt.Fprintln(os.Stdout, "done: "+answer)
	}
	stopBus(t, r.Bus)
	require.NoError(t, r.closeDatabases())
}

// ask does an errand.
func (p *place) ask(format string, args ...any) string {
	p.t.Helper()
	answer, err := p.clerk(fmt.Sprintf(format, args...))
	require.NoError(p.t, err)
	return answer
}

// seen is what took effect at a consumer, in its order.
func (p *place) seen(consumer string) []sight {
	p.t.Helper()
	var all []sight
	require.NoError(p.t, json.Unmarshal([]byte(p.ask("seen %s", consumer)), &all))
	return all
}

// numbers are those of an aggregate's books that took effect at a consumer.
func (p *place) numbers(consumer string, of id.UUID) []int64 {
	p.t.Helper()
	numbers := []int64{}
	for _, s := range p.seen(consumer) {
		if s.Envelope.Aggregate.ID == of {
			numbers = append(numbers, factOf[printed](p.t, s.Fact).N)
		}
	}
	return numbers
}

func factOf[E event.Event](t *testing.T, text json.RawMessage) E {
	t.Helper()
	var fact E
	require.NoError(t, json.Unmarshal(text, &fact))
	return fact
}

func (p *place) held(consumer string) []bus.Held {
	p.t.Helper()
	var all []bus.Held
	require.NoError(p.t, json.Unmarshal([]byte(p.ask("held %s", consumer)), &all))
	return all
}

// states are those of what is held of an aggregate.
func (p *place) states(consumer string, of id.UUID) []string {
	p.t.Helper()
	states := []string{}
	for _, h := range p.held(consumer) {
		if h.Event.Aggregate.ID == of {
			states = append(states, h.State)
		}
	}
	return states
}

func (p *place) eventually(condition func() bool, why string) {
	p.t.Helper()
	if !assertEventually(condition) {
		require.FailNow(p.t, why)
	}
}

// taken waits until an aggregate's books up to n took effect at consumers, and requires their order.
func (p *place) taken(n int64, of id.UUID, consumers ...string) {
	p.t.Helper()
	for _, consumer := range consumers {
		p.eventually(func() bool { return len(p.numbers(consumer, of)) >= int(n) }, "taken by "+consumer)
		require.Equal(p.t, upTo(n), p.numbers(consumer, of), consumer)
	}
}

func upTo(n int64) []int64 {
	numbers := make([]int64, n)
	for i := range numbers {
		numbers[i] = int64(i) + 1
	}
	return numbers
}

// print states facts about one aggregate in one transaction, beginning with a version.
func (p *place) print(of id.UUID, version int64, facts ...event.Event) {
	p.t.Helper()
	require.NoError(p.t, p.printFor(event.Envelope{}, of, version, facts...))
}

// printFor is print with a cause.
func (p *place) printFor(cause event.Envelope, of id.UUID, version int64, facts ...event.Event) error {
	var set []bus.Publication
	for i, fact := range facts {
		set = append(set, bus.Publication{Of: event.Aggregate{Type: book, ID: of, Version: version + int64(i)}, Event: fact, Cause: cause})
	}
	return sqldb.InTx(context.Background(), p.press, func(tx *sqldb.Tx) error {
		return p.publish.PublishSet(context.Background(), tx, set)
	})
}

// books are the next ones of an aggregate, from a number on.
func books(from, to int64, mood string) []event.Event {
	var facts []event.Event
	for n := from; n <= to; n++ {
		facts = append(facts, printed{N: n, Mood: mood, Words: []string{"Chapter", fmt.Sprint(n)}})
	}
	return facts
}

// keep lets rows stay in the outbox when everybody has taken them.
func (p *place) keep() {
	p.t.Helper()
	require.NoError(p.t, sqldb.InTx(context.Background(), p.press, func(tx *sqldb.Tx) error {
		for _, name := range []string{"press.printed", "press.bound"} {
			if _, err := tx.Exec(context.Background(), "INSERT INTO bus_subscription (type, consumer) VALUES (?, 'elsewhere')", name); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (p *place) pending() []event.Envelope {
	p.t.Helper()
	all, err := bus.Pending(context.Background(), p.press)
	require.NoError(p.t, err)
	return all
}

// again lets events come once more, backwards: by the broker, which knows them by other message IDs, as
// by a second publisher; in process, by the way that bridges take.
func (p *place) again(events []event.Envelope) {
	p.t.Helper()
	if p.nats == nil {
		for _, e := range slices.Backward(events) {
			text, err := json.Marshal(e)
			require.NoError(p.t, err)
			for _, consumer := range readers() {
				p.ask("deliver %s %s", consumer, text)
			}
		}
		return
	}
	stream, js := p.stream()
	for n := stream.CachedInfo().State.LastSeq; n > 0; n-- {
		m, err := stream.GetMsg(p.t.Context(), n)
		require.NoError(p.t, err)
		m.Header.Set(nats.MsgIdHdr, id.New().String())
		_, err = js.PublishMsg(p.t.Context(), &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data})
		require.NoError(p.t, err)
	}
	p.eventually(func() bool { return p.drained() }, "the broker has nothing left")
}

// slow delays each piece that is carried to and from the broker.
func (p *place) slow(by time.Duration) {
	p.in.delay.Store(int64(by))
	p.out.delay.Store(int64(by))
}

// cutOff breaks connections again and again, while something is on its way.
func (p *place) cutOff(c *cable, more func(n int64)) {
	p.slow(3 * time.Millisecond)
	for n := range 6 {
		more(1)
		<-time.After(time.Duration(n) * 2 * time.Millisecond)
		c.shake()
	}
	p.slow(0)
}

// drained says whether the broker holds nothing for the consumers.
func (p *place) drained() bool {
	b := broker(p.t, p.nats.url())
	var errs []error
	left := int64(0)
	for _, name := range readers() {
		n, err := b.Pending(context.Background(), bus.Inlet{Publisher: "press", Consumer: name, Types: []string{"press.printed", "press.bound"}})
		left += n
		errs = append(errs, err)
	}
	return errors.Join(errs...) == nil && left == 0
}

// all are the numbers of the books that a consumer has seen, of whatever aggregate.
func (p *place) all(consumer string) []int64 {
	p.t.Helper()
	numbers := []int64{}
	require.NoError(p.t, json.Unmarshal([]byte(p.ask("numbers %s", consumer)), &numbers))
	return numbers
}

// sendAs publishes an event by the broker as another publisher would, under a message ID.
func (p *place) sendAs(messageID string, e event.Envelope) {
	p.t.Helper()
	stream, js := p.stream()
	m, err := stream.GetMsg(p.t.Context(), 1)
	require.NoError(p.t, err)
	m.Header.Set(nats.MsgIdHdr, messageID)
	m.Header.Set("ce-aggregateversion", fmt.Sprint(e.Aggregate.Version))
	_, err = js.PublishMsg(p.t.Context(), &nats.Msg{Subject: m.Subject, Header: m.Header, Data: e.Payload})
	require.NoError(p.t, err)
}

// stream is that of the press.
func (p *place) stream() (natsjs.Stream, natsjs.JetStream) {
	p.t.Helper()
	nc, err := nats.Connect(p.nats.url())
	require.NoError(p.t, err)
	p.t.Cleanup(nc.Close)
	js, err := natsjs.New(nc)
	require.NoError(p.t, err)
	stream, err := js.Stream(p.t.Context(), "BANYAN_press")
	require.NoError(p.t, err)
	return stream, js
}
