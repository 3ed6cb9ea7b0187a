package boundary_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
)

func TestWorkIsTheModulesUntilItEnds(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	require.Empty(t, boundary.Module(ctx))
	boundary.Do(ctx, "order", func(ctx context.Context) {
		require.Equal(t, "order", boundary.Module(ctx))
		boundary.Do(context.WithoutCancel(ctx), "catalog", func(ctx context.Context) {
			require.Equal(t, "catalog", boundary.Module(ctx))
		})
		require.Equal(t, "order", boundary.Module(ctx))
	})
}

func TestAGoroutineThatIsStartedBelowIsSeenInProfilesAsTheModules(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	boundary.Do(t.Context(), "of-this-test", func(context.Context) {
		go func() {
			close(begun)
			<-end
		}()
	})
	<-begun
	require.Contains(t, goroutines(t), `# labels: {"module":"of-this-test"}`)
}

func goroutines(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, pprof.Lookup("goroutine").WriteTo(&b, 1))
	return b.String()
}

// metered is a meter whose clock goes on by 100 ms at each look.
func metered(t *testing.T) (*boundary.Callee, *prometheus.Registry, *bytes.Buffer) {
	t.Helper()
	var now time.Time
	var log bytes.Buffer
	registry := prometheus.NewRegistry()
	m, err := boundary.NewMeter(func() time.Time {
		now = now.Add(100 * time.Millisecond)
		return now
	}, slog.New(slog.NewTextHandler(&log, nil)), registry)
	require.NoError(t, err)
	return m.Callee("catalog"), registry, &log
}

var errOutOfStock = fault.New(fault.Conflict, "out_of_stock", "There is no more.")

func TestACallIsTheCalleesWorkAndCountsForItsCaller(t *testing.T) {
	t.Parallel()
	to, registry, _ := metered(t)
	double := func(n int) func(ctx context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			require.Equal(t, "catalog", boundary.Module(ctx))
			return 2 * n, nil
		}
	}
	boundary.Do(t.Context(), "order", func(ctx context.Context) {
		for n := range 3 {
			got, err := boundary.Call(ctx, to, "Double", double(n))
			require.NoError(t, err)
			require.Equal(t, 2*n, got)
			require.Equal(t, "order", boundary.Module(ctx))
		}
		_, err := boundary.Call(ctx, to, "Double", func(context.Context) (int, error) {
			return 0, fmt.Errorf("double 7: %w", errOutOfStock)
		})
		require.ErrorIs(t, err, errOutOfStock)
		require.EqualError(t, err, "double 7: out_of_stock: There is no more.")
	})
	_, err := boundary.Call(t.Context(), to, "Double", double(1))
	require.NoError(t, err)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP banyan_calls_total Calls of contracts, by caller, callee, method and result: ok, or the kind of the error.
# TYPE banyan_calls_total counter
banyan_calls_total{callee="catalog",caller="",method="Double",result="ok"} 1
banyan_calls_total{callee="catalog",caller="order",method="Double",result="conflict"} 1
banyan_calls_total{callee="catalog",caller="order",method="Double",result="ok"} 3
`), "banyan_calls_total"))
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		if f.GetName() == "banyan_call_seconds" {
			require.InDelta(t, 0.4, f.GetMetric()[1].GetHistogram().GetSampleSum(), 1e-9)
			return
		}
	}
	require.Fail(t, "nothing was timed")
}

// greeting is 13 bytes as JSON.
const greeting = "good day, A"

func TestCallsOfOneKindInOnePieceOfWorkAreSeenToRepeat(t *testing.T) {
	t.Parallel()
	to, registry, _ := metered(t)
	ask := func(ctx context.Context, method string) {
		_, err := boundary.Call(ctx, to, method, func(context.Context) (int, error) { return 0, nil })
		require.NoError(t, err)
	}
	boundary.Do(t.Context(), "order", func(ctx context.Context) {
		ask(ctx, "Price")
		ask(ctx, "Reserve")
		for range 3 {
			ask(boundary.Begin(ctx), "Price") // each in a piece of work of its own
		}
	})
	require.Zero(t, testutil.CollectAndCount(registry, "banyan_calls_repeated_total"))
	ask(t.Context(), "Price")
	ask(t.Context(), "Price")
	require.Zero(t, testutil.CollectAndCount(registry, "banyan_calls_repeated_total"), "nobody's work repeats nothing")
	boundary.Do(t.Context(), "order", func(ctx context.Context) {
		for range 5 {
			ask(ctx, "Price")
		}
	})
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP banyan_calls_repeated_total Calls that were not the first of their kind in one piece of work (a request, a run of a handler or of a task): made in a loop, or one after another.
# TYPE banyan_calls_repeated_total counter
banyan_calls_repeated_total{callee="catalog",caller="order",method="Price"} 4
`), "banyan_calls_repeated_total"))
}

func TestOneCallInManyIsWeighedAsWhatAWireWouldCarry(t *testing.T) {
	t.Parallel()
	to, registry, _ := metered(t)
	boundary.Do(t.Context(), "order", func(ctx context.Context) {
		for range 129 {
			boundary.Weigh(ctx, to, "Greet", greeting)
			_, err := boundary.Call(ctx, to, "Greet", func(context.Context) ([]int, error) { return []int{1, 2}, nil })
			require.NoError(t, err)
		}
		boundary.Weigh(ctx, to, "Greet", make(chan int))
	})
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP banyan_call_bytes What calls are as JSON, of one in 64, by part (request, answer).
# TYPE banyan_call_bytes summary
banyan_call_bytes_sum{callee="catalog",caller="order",method="Greet",part="answer"} 15
banyan_call_bytes_count{callee="catalog",caller="order",method="Greet",part="answer"} 3
banyan_call_bytes_sum{callee="catalog",caller="order",method="Greet",part="request"} 39
banyan_call_bytes_count{callee="catalog",caller="order",method="Greet",part="request"} 3
`), "banyan_call_bytes"))
}

func TestAPanicOfTheCalleeIsAnErrorOfOursThatOnlyTheLogExplains(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"text": "no such map", "fault": errOutOfStock, "runtime": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, registry, log := metered(t)
			_, err := boundary.Call(t.Context(), to, "Reserve", func(context.Context) (int, error) {
				if value == nil {
					var none map[string]int
					none["a"] = 1 //nolint:staticcheck // the panic that is wanted
				}
				panic(value)
			})
			require.ErrorContains(t, err, "panic: ")
			require.Equal(t, fault.Internal, fault.KindOf(err))
			require.NotErrorIs(t, err, errOutOfStock, "what a panic carries is no answer of the contract")
			require.Contains(t, log.String(), "boundary_test.go", "the stack says where")
			require.Equal(t, 1, testutil.CollectAndCount(registry, "banyan_calls_total"))
			require.Contains(t, gathered(t, registry), `result="internal"`)
		})
	}
}

func TestWhatHangsIsLeftBehindWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	got, err := boundary.Within(t.Context(), log, func(context.Context) (int, error) { return 7, errOutOfStock })
	require.Equal(t, 7, got)
	require.ErrorIs(t, err, errOutOfStock)
	_, err = boundary.Within(t.Context(), log, func(context.Context) (int, error) { panic("no") })
	require.EqualError(t, err, "panic: no")
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = boundary.Within(ctx, log, func(context.Context) (int, error) { <-release; return 7, nil })
	require.ErrorIs(t, err, boundary.ErrNoAnswer)
}

func gathered(t *testing.T, registry *prometheus.Registry) string {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	var b strings.Builder
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				fmt.Fprintf(&b, "%s=%q ", l.GetName(), l.GetValue())
			}
		}
	}
	return b.String()
}

// What stands for a contract's method: big enough to be a real one's argument and answer.
type wish struct{ Words [12]string }

type direct interface {
	Grant(ctx context.Context, w wish) (wish, error)
}

type far struct{}

func (far) Grant(_ context.Context, w wish) (wish, error) { return w, nil }

type near struct {
	to  *boundary.Callee
	far direct
}

func (n near) Grant(ctx context.Context, w wish) (wish, error) {
	return boundary.Call(ctx, n.to, "Grant", func(ctx context.Context) (wish, error) { return n.far.Grant(ctx, w) })
}

// The difference of the two is what the boundary costs a call; it shall be below a microsecond.
func BenchmarkCall(b *testing.B) {
	m, err := boundary.NewMeter(time.Now, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	require.NoError(b, err)
	for name, service := range map[string]direct{"direct": far{}, "metered": near{m.Callee("catalog"), far{}}} {
		b.Run(name, func(b *testing.B) {
			boundary.Do(b.Context(), "order", func(ctx context.Context) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := service.Grant(ctx, wish{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
