package jetstream_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
)

// What holds of the bus, wherever a publisher's consumers are.

func TestEachEventTakesEffectOnceAndThoseOfAnAggregateInTheirOrder(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		aggregates := []id.UUID{id.New(), id.New(), id.New(), id.New()}
		var all sync.WaitGroup
		for _, of := range aggregates {
			all.Go(func() {
				for n := int64(1); n <= 12; n += 3 {
					if err := p.printFor(event.Envelope{}, of, n, books(n, n+2, "")...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for _, of := range aggregates {
			p.taken(12, of, readers()...)
		}
		p.eventually(func() bool { return len(p.pending()) == 0 }, "what everybody took is deleted")
	})
}

func TestAnEventArrivesAsItWasStated(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.keep()
		of := id.New()
		p.print(of, 1, printed{N: 1, Words: []string{"Größe", "\x00 \"%\n", "日本"}, Mood: "€"})
		cause := event.Envelope{ID: id.New(), CorrelationID: id.New(), TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
		require.NoError(t, p.printFor(cause, of, 2, printed{N: 2}))
		p.taken(2, of, readers()...)
		stored := p.pending()
		require.Len(t, stored, 2)
		require.Equal(t, stored[0].ID, stored[0].CorrelationID, "it begins a chain")
		require.Equal(t, [2]id.UUID{cause.CorrelationID, cause.ID}, [2]id.UUID{stored[1].CorrelationID, stored[1].CausationID})
		require.Equal(t, cause.TraceParent, stored[1].TraceParent)
		for _, consumer := range readers() {
			for i, s := range p.seen(consumer) {
				require.Equal(t, stored[i], s.Envelope, consumer)
				require.JSONEq(t, string(stored[i].Payload), string(s.Fact))
			}
		}
		require.Equal(t, event.Aggregate{Type: book, ID: of, Version: 2}, stored[1].Aggregate)
		require.Equal(t, "press", stored[1].Source)
	})
}

func TestAnEventThatIsRefusedIsHeldWithItsReasonAndThoseBehindItWait(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		bad, other, well := id.New(), id.New(), id.New()
		p.print(bad, 1, append(books(1, 1, refused), books(2, 3, "")...)...)
		p.print(other, 1, books(1, 1, alike)...)
		p.print(well, 1, books(1, 3, "")...)
		p.taken(3, well, readers()...)
		p.taken(3, bad, "library")
		p.eventually(func() bool { return len(p.held("reader")) == 4 }, "held")
		require.Equal(t, []string{"retry", "behind", "behind"}, p.states("reader", bad))
		require.Equal(t, []string{"retry"}, p.states("reader", other))
		for _, h := range p.held("reader") {
			want := map[string]string{"retry": "read book 1: " + errRefused.Error(), "behind": ""}[h.State]
			if h.Event.Aggregate.ID == other {
				want = errAlike.Error()
			}
			require.Equal(t, want, h.Error)
		}
		require.Empty(t, p.held("library"))
		require.Empty(t, p.numbers("reader", bad), "what was written is rolled back")

		p.ask("mend")
		p.ask("due reader")
		p.taken(3, bad, "reader")
		p.taken(1, other, "reader")
		require.Empty(t, p.held("reader"))
	})
}

func TestTroubleWithADatabaseIsTriedAgainInPlaceWhileAnyErrorOfAHandlerIsHeld(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		of, panics, hangs := id.New(), id.New(), id.New()
		p.print(of, 1, append(books(1, 1, busy), books(2, 2, "")...)...)
		p.taken(2, of, "reader")
		require.Empty(t, p.held("reader"))
		p.print(panics, 1, books(1, 1, panicking)...)
		p.print(hangs, 1, books(1, 1, hanging)...)
		p.eventually(func() bool { return len(p.held("reader")) == 2 }, "held")
		for _, h := range p.held("reader") {
			want := "context deadline exceeded"
			if h.Event.Aggregate.ID == panics {
				want = "panic: a mistake of the reader"
			}
			require.Contains(t, h.Error, want)
			require.Equal(t, "retry", h.State)
		}
		p.print(of, 3, books(3, 3, "")...)
		p.taken(3, of, readers()...)
	})
}

func TestADeadEventWaitsForAnOperator(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		replayed, discarded := id.New(), id.New()
		for _, of := range []id.UUID{replayed, discarded} {
			p.print(of, 1, append(books(1, 1, refused), books(2, 2, "")...)...)
		}
		p.eventually(func() bool {
			p.ask("due reader")
			return len(p.states("reader", replayed)) == 2 && p.states("reader", replayed)[0] == "dead" &&
				len(p.states("reader", discarded)) == 2 && p.states("reader", discarded)[0] == "dead"
		}, "dead")
		held := p.held("reader")
		for _, h := range held {
			if h.State != "dead" {
				require.Equal(t, "conflict event_not_dead", p.ask("replay reader %d", h.ID))
			}
		}
		p.ask("mend")
		for _, h := range held {
			switch {
			case h.State != "dead":
			case h.Event.Aggregate.ID == replayed:
				require.Equal(t, 8, h.Attempts)
				require.Equal(t, "1", p.ask("replay reader %d", h.ID))
			default:
				require.Equal(t, "1", p.ask("discard reader %d", h.ID))
				require.Equal(t, "conflict event_not_discardable", p.ask("discard reader %d", h.ID))
			}
		}
		p.taken(2, replayed, "reader")
		p.eventually(func() bool { return len(p.numbers("reader", discarded)) == 1 }, "the sequence goes on")
		require.Equal(t, []int64{2}, p.numbers("reader", discarded))
		require.Equal(t, "not_found held_event_not_found", p.ask("replay reader 4711"))
	})
}

func TestAnEventThatComesAgainHasNoSecondEffect(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.keep()
		first, second := id.New(), id.New()
		for _, of := range []id.UUID{first, second} {
			p.print(of, 1, books(1, 3, "")...)
			p.taken(3, of, readers()...)
		}
		p.again(p.pending())
		p.print(first, 4, books(4, 4, "")...)
		for _, consumer := range readers() {
			p.taken(4, first, consumer)
			p.taken(3, second, consumer)
			require.Empty(t, p.held(consumer))
		}
	})
}

func TestOneEventIDIsOneEffectWhateverItsContent(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.keep()
		of := id.New()
		p.print(of, 1, books(1, 1, "")...)
		p.taken(1, of, readers()...)
		again := p.pending()[0]
		again.Payload, again.Aggregate.Version = json.RawMessage(`{"N":7}`), 2
		text, err := json.Marshal(again)
		require.NoError(t, err)
		for _, consumer := range readers() {
			p.ask("deliver %s %s", consumer, text)
		}
		if p.nats != nil {
			p.sendAs(id.New().String(), again)
			p.eventually(p.drained, "it has come")
		}
		for _, consumer := range readers() {
			p.taken(1, of, consumer)
		}
	})
}

func TestWhatAHandlerWritesIntoWhatItWasGivenReachesNobody(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.keep()
		p.halt() // so that the library finds sets
		const n = 12
		for range n / 2 {
			p.print(id.New(), 1, books(1, 2, scribbled)...)
		}
		p.resume()
		p.eventually(func() bool { return len(p.seen("library")) >= n && len(p.held("reader")) >= n }, "taken, and held")
		stored := map[id.UUID]event.Envelope{}
		for _, e := range p.pending() {
			stored[e.ID] = e
			require.NotContains(t, string(e.Payload), "xxx", "what is stored")
		}
		for _, h := range p.held("reader") {
			require.Equal(t, string(stored[h.Event.ID].Payload), string(h.Event.Payload), "what is held")
		}
		p.ask("mend")
		p.ask("due reader")
		p.eventually(func() bool { return len(p.seen("reader")) >= n }, "taken")
		for _, consumer := range readers() {
			seen := p.seen(consumer)
			require.Len(t, seen, n)
			for _, s := range seen {
				require.Equal(t, stored[s.Envelope.ID], s.Envelope, "what is tried again by the %s", consumer)
				require.JSONEq(t, string(s.Envelope.Payload), string(s.Fact))
			}
		}
	})
}

func TestAConsumerThatTakesNothingHoldsUpNobodyAndLosesNothing(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		p.keep()
		stuck, text := id.New(), ""
		if p.nats == nil && !racing { // a broker brings one event of a partition; to read JSON takes many times longer in a race
			text = strings.Repeat("x", 200_000)
		}
		p.print(stuck, 1, printed{N: 1, Mood: locked})
		const n = 90 // 18 MB, more than a queue holds
		for version := int64(2); version <= n; version += 10 {
			var facts []event.Event
			for k := version; k < version+10 && k <= n; k++ {
				facts = append(facts, printed{N: k, Text: text})
			}
			p.print(stuck, version, facts...)
		}
		p.eventually(func() bool { return len(p.all("reader")) == n }, "the reader goes on")
		require.Empty(t, p.all("library"))
		p.ask("mend")
		p.eventually(func() bool { return len(p.all("library")) >= n }, "the library follows")
		require.Equal(t, upTo(n), p.all("library"))
	})
}

func TestConsumersThatStopAndStartAgainTakeEverythingOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(_ *testing.T, p *place) {
		of := id.New()
		p.print(of, 1, append(books(1, 1, slow), books(2, 4, "")...)...)
		p.halt() // while the reader is slow
		p.print(of, 5, books(5, 8, "")...)
		p.resume()
		p.taken(8, of, readers()...)
		if p.kill == nil {
			return
		}
		p.print(of, 9, append(books(9, 9, slow), books(10, 12, "")...)...)
		p.eventually(func() bool { return len(p.numbers("library", of)) > 8 }, "it is at work")
		p.kill()
		p.resume()
		p.taken(12, of, readers()...)
	})
}

func TestVersionsOfAnEventLiveSideBySide(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, p *place) {
		old, widened, newer := id.New(), id.New(), id.New()
		p.print(old, 1, sewn{Pages: 320})
		p.print(widened, 1, sewnOfTomorrow{sewn{Pages: 32}, map[string][]int{"thread": {1}}})
		p.print(newer, 1, bound{Pages: 160, Sheets: 3})
		facts := func(consumer string) map[id.UUID]string {
			all := map[id.UUID]string{}
			for _, s := range p.seen(consumer) {
				all[s.Envelope.Aggregate.ID] = fmt.Sprint(s.Envelope.Type.Version) + " " + string(s.Fact)
			}
			return all
		}
		p.eventually(func() bool {
			return len(facts("reader")) == 3 && len(facts("library")) == 2 && len(p.held("library")) == 1
		}, "taken")
		require.Equal(t, map[id.UUID]string{
			old: `1 {"Pages":320,"Sheets":20}`, widened: `1 {"Pages":32,"Sheets":2}`, newer: `2 {"Pages":160,"Sheets":3}`,
		}, facts("reader"), "today's consumer reads what yesterday's publisher states")
		require.Equal(t, map[id.UUID]string{old: `1 {"Pages":320}`, widened: `1 {"Pages":32}`}, facts("library"),
			"yesterday's consumer reads fields more, and holds what it does not know")
		require.Equal(t, []string{"dead"}, p.states("library", newer))
		require.Contains(t, p.held("library")[0].Error, "press.bound v2")
	})
}

// sewnOfTomorrow has a field more.
type sewnOfTomorrow struct {
	sewn

	Tomorrow map[string][]int
}

// A wire that is cut, slow or away means nothing in process.
func TestWhatTheWireDoesLosesDoublesAndDisordersNothing(t *testing.T) {
	t.Parallel()
	behindABroker(t, func(t *testing.T, p *place) {
		t.Helper()
		of, printed := id.New(), int64(0)
		more := func(n int64) {
			for range n {
				printed++
				p.print(of, printed, books(printed, printed, "")...)
			}
		}
		for name, fault := range map[string]func(more func(n int64)){
			"slow": func(more func(n int64)) {
				p.slow(5 * time.Millisecond)
				more(3)
				p.slow(0)
			},
			"cut at the press":     func(more func(n int64)) { p.cutOff(p.out, more) },
			"cut at the consumers": func(more func(n int64)) { p.cutOff(p.in, more) },
			"away": func(more func(n int64)) {
				p.nats.stop()
				more(3)
				p.nats.start()
			},
		} {
			more(2)
			fault(more)
			more(2)
			for _, consumer := range readers() {
				p.taken(printed, of, consumer)
				require.Empty(t, p.held(consumer), name)
			}
		}
		p.again(nil) // and reordered: each event comes after those that were behind it
		for _, consumer := range readers() {
			p.taken(printed, of, consumer)
		}
	})
}
