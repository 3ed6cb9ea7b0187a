package remote_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/remote"
	"github.com/banyan-commerce/banyan/platform/remote/remotetest"
	"github.com/banyan-commerce/banyan/platform/telemetry"
	"github.com/banyan-commerce/banyan/platform/web"
)

func TestOnlyWhatDoesNothingTwiceIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults      []remotetest.Fault
		lend, sell  int // attempts
		lent, sold  int // of them, those that reached the callee
		sellSucceds bool
	}{
		"cut before":            {[]remotetest.Fault{remotetest.CutBefore}, 2, 1, 1, 0, false},
		"answer lost":           {[]remotetest.Fault{remotetest.CutAfter}, 2, 1, 2, 1, false},
		"answer cut":            {[]remotetest.Fault{remotetest.CutInside}, 2, 1, 2, 1, false},
		"cut again and again":   {[]remotetest.Fault{remotetest.CutBefore, remotetest.CutAfter, remotetest.CutInside}, 4, 1, 3, 0, false},
		"nothing":               {nil, 1, 1, 1, 1, true},
		"one that is not there": {[]remotetest.Fault{refusedConnection}, 2, 2, 1, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var n counted
			s := open(t, setting{}, n.of(always(nil)))
			s.wire.Next(c.faults...)
			got, err := s.lend.Do(t.Context(), wish{Title: "Emma"})
			require.NoError(t, err)
			require.Equal(t, loan{Title: "Emma", Days: 14}, got)
			require.Equal(t, []int{c.lend, c.lent}, []int{s.wire.Sent(), n.calls()})

			n, s = counted{}, open(t, setting{}, n.of(always(nil)))
			s.wire.Next(c.faults...)
			before := n.calls()
			_, err = s.sell.Do(t.Context(), wish{})
			require.Equal(t, c.sellSucceds, err == nil, "%v", err)
			if err != nil {
				require.ErrorIs(t, err, remote.ErrUnreachable)
				require.ErrorIs(t, err, fault.Unavailable)
			}
			require.Equal(t, []int{c.sell, c.sold}, []int{s.wire.Sent(), n.calls() - before})
		})
	}
}

// refusedConnection asks a port that nobody listens at.
func refusedConnection(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
	dead := r.Clone(r.Context())
	dead.URL.Host = "127.0.0.1:1"
	return new(http.Transport).RoundTrip(dead)
}

func TestACalleeThatIsBusyIsAskedAgainIfThatDoesNothingTwice(t *testing.T) {
	t.Parallel()
	var n counted
	s := open(t, setting{}, n.of(func(context.Context, wish) (loan, error) {
		return loan{}, fault.New(fault.Unavailable, "later", "Later.")
	}))
	_, err := s.lend.Do(t.Context(), wish{})
	require.ErrorIs(t, err, fault.New(fault.Unavailable, "later", ""))
	require.Equal(t, 4, n.calls())
	_, err = s.sell.Do(t.Context(), wish{})
	require.ErrorIs(t, err, fault.Unavailable)
	require.Equal(t, 5, n.calls())
	for range 3 { // many of them: somebody is there
		_, err = s.lend.Do(t.Context(), wish{})
		require.NotErrorIs(t, err, remote.ErrResting)
	}
}

// hangs answers when its caller has gone.
func hangs(ctx context.Context, _ wish) (loan, error) {
	<-ctx.Done()
	return loan{}, ctx.Err()
}

func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, f)
}

func TestNoCallIsWithoutADeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var left time.Duration
		s := open(t, setting{limits: remote.Limits{Failures: 100}}, func(ctx context.Context, w wish) (loan, error) {
			ends, ok := ctx.Deadline()
			require.True(t, ok)
			left = time.Until(ends)
			return hangs(ctx, w)
		})
		begin := time.Now()
		_, err := s.sell.Do(t.Context(), wish{})
		require.ErrorIs(t, err, remote.ErrLate)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 5*time.Second, time.Since(begin), "one attempt")
		require.InDelta(t, 5*time.Second, left, float64(time.Second))
		begin = time.Now()
		_, err = s.lend.Do(t.Context(), wish{})
		require.ErrorIs(t, err, remote.ErrLate)
		require.InDelta(t, 10*time.Second, time.Since(begin), float64(time.Millisecond), "all attempts")
	})
}

func TestTheCallersDeadlineTravelsAndItsErrorIsTheCallersOwn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var left time.Duration
		s := open(t, setting{}, func(ctx context.Context, w wish) (loan, error) {
			ends, _ := ctx.Deadline()
			left = time.Until(ends)
			return hangs(ctx, w)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := s.lend.Do(ctx, wish{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.InDelta(t, 300*time.Millisecond, time.Since(begin), float64(time.Millisecond))
		require.LessOrEqual(t, left, 300*time.Millisecond)
		require.Equal(t, 1, s.wire.Sent())
	})
}

func TestACallersEndIsAnsweredAtOnceWhereverTheCallIs(t *testing.T) {
	for name, fault := range map[string]remotetest.Fault{
		"at the callee": remotetest.Well, "on the wire": remotetest.Held(nil), "between two attempts": remotetest.CutBefore,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := open(t, setting{limits: remote.Limits{Pause: time.Second}}, hangs)
				s.wire.Always(fault)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(100*time.Millisecond, cancel)
				begin := time.Now()
				_, err := s.lend.Do(ctx, wish{})
				require.Error(t, err)
				require.Equal(t, 100*time.Millisecond, time.Since(begin))
				require.Equal(t, 1, s.wire.Sent())
			})
		})
	}
}

func TestNoPauseIsLongerThanTheTimeThatIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, setting{limits: remote.Limits{Pause: time.Minute}}, always(nil))
		s.wire.Always(remotetest.CutBefore)
		begin := time.Now()
		_, err := s.lend.Do(t.Context(), wish{})
		require.ErrorIs(t, err, remote.ErrUnreachable)
		require.Zero(t, time.Since(begin))
	})
}

func TestWhoeverDoesNotAnswerRestsAndIsTriedAgainByOneCall(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, setting{}, always(nil))
		s.wire.Always(remotetest.CutBefore)
		for range 5 {
			_, err := s.sell.Do(t.Context(), wish{})
			require.ErrorIs(t, err, remote.ErrUnreachable)
		}
		begin := time.Now()
		for range 100 {
			_, err := s.lend.Do(t.Context(), wish{})
			require.ErrorIs(t, err, remote.ErrResting)
			require.ErrorIs(t, err, fault.Unavailable)
		}
		require.Zero(t, time.Since(begin))
		require.Equal(t, 5, s.wire.Sent(), "nothing is sent")

		time.Sleep(2*time.Second + 1)
		_, err := s.sell.Do(t.Context(), wish{})
		require.ErrorIs(t, err, remote.ErrUnreachable, "one is let through")
		_, err = s.sell.Do(t.Context(), wish{})
		require.ErrorIs(t, err, remote.ErrResting)

		time.Sleep(2*time.Second + 1)
		s.wire.Always(nil)
		for range 3 {
			_, err = s.lend.Do(t.Context(), wish{})
			require.NoError(t, err)
		}
		require.Contains(t, s.near.String(), `msg="an address does not answer, and rests" module=library address=http://127.0.0.1:1`)
		require.Contains(t, s.near.String(), "an address answers again")
	})
}

func TestCallersWhoLeaveAndContractsThatRefuseLetNobodyRest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, setting{}, func(ctx context.Context, w wish) (loan, error) {
			if w.Title == "" {
				return hangs(ctx, w)
			}
			return loan{}, errLent
		})
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			_, err := s.lend.Do(ctx, wish{})
			cancel()
			require.ErrorIs(t, err, context.DeadlineExceeded)
			ctx, cancel = context.WithCancel(t.Context())
			cancel()
			_, err = s.lend.Do(ctx, wish{})
			require.ErrorIs(t, err, context.Canceled)
		}
		for range 20 {
			_, err := s.lend.Do(t.Context(), wish{Title: "Emma"})
			require.ErrorIs(t, err, errLent)
		}
	})
}

func TestSlowAnswersLetThemRest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := open(t, setting{}, hangs)
		for range 5 {
			_, err := s.sell.Do(t.Context(), wish{})
			require.ErrorIs(t, err, remote.ErrLate)
		}
		_, err := s.sell.Do(t.Context(), wish{})
		require.ErrorIs(t, err, remote.ErrResting)
	})
}

func TestAtTheEdgeARestIs503WithATimeToComeAgain(t *testing.T) {
	t.Parallel()
	s := open(t, setting{limits: remote.Limits{Failures: 1}}, always(nil))
	s.wire.Always(remotetest.CutBefore)
	_, err := s.sell.Do(t.Context(), wish{})
	require.ErrorIs(t, err, remote.ErrUnreachable)
	shop := web.New(web.Options{Keys: access.NewKeys("an operator's token", []byte(secret)), Routes: []web.Routes{func(api huma.API) {
		web.Register(api, huma.Operation{OperationID: "borrow", Method: http.MethodGet, Path: "/v1/loans"}, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			_, err := s.lend.Do(ctx, wish{})
			return nil, err
		})
	}}})
	w := httptest.NewRecorder()
	shop.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/loans", http.NoBody))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "module_resting")
	require.NotContains(t, w.Body.String(), "127.0.0.1")
}

func TestTheCallersNameItsRequestAndItsTraceTravel(t *testing.T) {
	t.Parallel()
	var seen telemetry.Trace
	s := open(t, setting{}, func(ctx context.Context, _ wish) (loan, error) {
		require.Equal(t, "library", boundary.Module(ctx))
		seen = telemetry.TraceOf(ctx)
		return loan{}, nil
	})
	boundary.Do(telemetry.WithTrace(t.Context(), telemetry.Trace{RequestID: request, Parent: parent}), "order", func(ctx context.Context) {
		_, err := s.lend.Do(ctx, wish{})
		require.NoError(t, err)
	})
	require.Equal(t, telemetry.Trace{RequestID: request, Parent: parent}, seen)
	for _, side := range []*libraryMetrics{{s.served}, {s.asked}} {
		require.Contains(t, side.text(t), `caller="order" method="Lend" result="ok"`)
	}
	_, err := s.lend.Do(t.Context(), wish{})
	require.NoError(t, err)
	require.Contains(t, (&libraryMetrics{s.served}).text(t), `caller="" method="Lend"`)
	require.Zero(t, seen)
}

func TestAddressesAreAskedInTurnAndAnotherWhenOneDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := open(t, setting{addresses: []string{"http://a:1", "http://b:1", "http://c:1"}}, always(nil))
	var asked [3]atomic.Int64
	dead := ""
	s.wire.Always(func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		asked[strings.Index("abc", r.URL.Hostname())].Add(1)
		if r.URL.Hostname() == dead {
			return nil, remotetest.ErrCut
		}
		return next.RoundTrip(r)
	})
	for range 9 {
		_, err := s.sell.Do(t.Context(), wish{})
		require.NoError(t, err)
	}
	for i := range asked {
		require.EqualValues(t, 3, asked[i].Load())
	}
	dead = "b"
	for range 60 {
		_, err := s.lend.Do(t.Context(), wish{})
		require.NoError(t, err)
	}
	require.EqualValues(t, 3+5, asked[1].Load(), "it rests after five failures")
	for range 20 {
		_, err := s.sell.Do(t.Context(), wish{})
		require.NoError(t, err, "and is not asked what must not be asked twice")
	}
}

func TestTheSecondAttemptGoesElsewhereWhateverOthersDoMeanwhile(t *testing.T) {
	t.Parallel()
	s := open(t, setting{addresses: []string{"http://a:1", "http://b:1"}}, always(nil))
	var asked []string
	s.wire.Always(func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Hostname())
		if len(asked) > 1 {
			return next.RoundTrip(r)
		}
		_, err := s.sell.Do(t.Context(), wish{}) // takes the other's turn
		require.NoError(t, err)
		return nil, remotetest.ErrCut
	})
	_, err := s.lend.Do(t.Context(), wish{})
	require.NoError(t, err)
	require.Len(t, asked, 3)
	require.NotEqual(t, asked[0], asked[2])
}

func TestAModuleWithoutAnAddressIsRefused(t *testing.T) {
	t.Parallel()
	_, err := remote.NewPeers(remote.PeerOptions{Meter: func() *boundary.Meter { m, _ := meter(t); return m }()}).Find(contract())
	require.ErrorIs(t, err, remote.ErrNoAddress)
	require.ErrorContains(t, err, "library")
	require.ErrorContains(t, err, "BANYAN_PEERS")
}
