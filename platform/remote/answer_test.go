package remote_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestAnErrorOfTheContractIsTheSameOnBothSides(t *testing.T) {
	t.Parallel()
	full := errLent.WithDetails([]missing{{"Emma", 0}, {"Persuasion", 2}}).
		WithFields(fault.Field{Location: "lines[0].title", Message: "is lent"}).WithMessage("Two titles are lent.")
	s := open(t, setting{}, always(fmt.Errorf("lend to reader 17: %w", full)))
	_, err := s.lend.Do(t.Context(), wish{})
	require.ErrorIs(t, err, errLent)
	require.ErrorIs(t, err, fault.Conflict)
	require.NotErrorIs(t, err, fault.NotFound)
	require.NotContains(t, err.Error(), "reader 17", "the text around an error is for the callee's log")
	left, ok := fault.Details[[]missing](err)
	require.True(t, ok)
	require.Equal(t, []missing{{"Emma", 0}, {"Persuasion", 2}}, left)
	var f *fault.Error
	require.ErrorAs(t, err, &f)
	require.Equal(t, "Two titles are lent.", f.Message)
	require.Equal(t, full.Fields, f.Fields)
	require.Equal(t, 1, s.wire.Sent(), "an answer is no reason to try again")
}

func TestAnErrorWithoutAKindArrivesWithoutItsTextAndIsLoggedWhereItHappened(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]func(context.Context, wish) (loan, error){
		"error": always(errors.New("password hunter2")),
		"panic": func(context.Context, wish) (loan, error) { panic("password hunter2") },
		"panic with an error of the contract": func(context.Context, wish) (loan, error) {
			panic(errLent.WithMessage("password hunter2"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, setting{}, f)
			_, err := s.lend.Do(t.Context(), wish{})
			require.Error(t, err)
			require.Equal(t, fault.Internal, fault.KindOf(err))
			require.NotErrorIs(t, err, errLent)
			require.NotContains(t, err.Error(), "hunter2")
			require.Contains(t, s.log.String(), "hunter2")
			require.Equal(t, 1, s.wire.Sent())
		})
	}
}

func TestADatabaseThatIsAwayIsAReasonToComeAgain(t *testing.T) {
	t.Parallel()
	s := open(t, setting{}, always(fmt.Errorf("lend: %w", driver.ErrBadConn)))
	_, err := s.sell.Do(t.Context(), wish{})
	require.ErrorIs(t, err, fault.Unavailable)
	require.NotContains(t, err.Error(), "bad connection")
	require.Contains(t, s.log.String(), "bad connection")
	s = open(t, setting{}, always(fmt.Errorf("lend: %w", sqldb.ErrBusy)))
	_, err = s.sell.Do(t.Context(), wish{})
	require.ErrorIs(t, err, sqldb.ErrBusy)
}

func TestAKindAloneAndKindsOfTomorrowSurvive(t *testing.T) {
	t.Parallel()
	for _, kind := range append(kinds(), "quota_exceeded") {
		s := open(t, setting{}, always(fmt.Errorf("%w: x", kind)))
		_, err := s.sell.Do(t.Context(), wish{})
		require.ErrorIs(t, err, kind)
		require.Equal(t, kind, fault.KindOf(err))
	}
}

func kinds() []fault.Kind {
	return []fault.Kind{
		fault.BadRequest, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict,
		fault.TooLarge, fault.Unavailable, fault.Internal,
	}
}

func TestEachKindHasItsCodeOnTheWire(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]struct {
		status int
		code   string
	}{
		fault.BadRequest:      {http.StatusBadRequest, "invalid_argument"},
		fault.Invalid:         {http.StatusBadRequest, "invalid_argument"},
		fault.Unauthenticated: {http.StatusUnauthorized, "unauthenticated"},
		fault.Forbidden:       {http.StatusForbidden, "permission_denied"},
		fault.NotFound:        {http.StatusNotFound, "not_found"},
		fault.Conflict:        {http.StatusBadRequest, "failed_precondition"},
		fault.TooLarge:        {http.StatusTooManyRequests, "resource_exhausted"},
		fault.Unavailable:     {http.StatusServiceUnavailable, "unavailable"},
		fault.Internal:        {http.StatusInternalServerError, "internal"},
	} {
		s := open(t, setting{}, always(fault.New(kind, "c", "M.")))
		w := post(t, s, "/banyan.library.v2/Lend")
		require.Equal(t, want.status, w.Code, kind)
		var body struct{ Code, Message string }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
		require.Equal(t, want.code, body.Code)
		require.Equal(t, "M.", body.Message)
	}
}

func post(t *testing.T, s *library, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.server.ServeHTTP(w, r)
	return w
}

func TestDetailsThatCantBeWrittenAreLeftOutAndLogged(t *testing.T) {
	t.Parallel()
	s := open(t, setting{}, always(errLent.WithDetails(func() {})))
	_, err := s.lend.Do(t.Context(), wish{})
	require.ErrorIs(t, err, errLent)
	require.Contains(t, s.log.String(), "details of an error can't travel")
}

func TestTextThatJSONWouldChangeIsRefusedOnEitherSide(t *testing.T) {
	t.Parallel()
	for title, fine := range map[string]bool{
		"Emma": true, "\ufffd": true, `\ufffd`: true, "a\\\ufffd": true, "<&>\u2028": true,
		"\xff": false, `\` + "\xff": false, "\ufffd\xc3": false, `\ufffd` + "\xff": false,
	} {
		s := open(t, setting{}, always(nil))
		got, err := s.lend.Do(t.Context(), wish{Title: title})
		if fine {
			require.NoError(t, err, "%q", title)
			require.Equal(t, title, got.Title)
			continue
		}
		require.ErrorContains(t, err, "not UTF-8", "%q", title)
		require.Equal(t, 0, s.wire.Sent())
	}
	s := open(t, setting{}, func(context.Context, wish) (loan, error) { return loan{Title: "\xff"}, nil })
	_, err := s.lend.Do(t.Context(), wish{})
	require.Error(t, err)
	require.Equal(t, 1, s.wire.Sent())
}

func TestNothingIsSharedOverTheWire(t *testing.T) {
	t.Parallel()
	var kept wish
	answer := loan{Notes: []string{"mind the cover"}}
	s := open(t, setting{}, func(_ context.Context, w wish) (loan, error) { kept = w; return answer, nil })
	sent := wish{Words: []string{"a", "b"}}
	got, err := s.lend.Do(t.Context(), sent)
	require.NoError(t, err)
	sent.Words[0], got.Notes[0] = "changed", "changed"
	require.Equal(t, []string{"a", "b"}, kept.Words)
	require.Equal(t, []string{"mind the cover"}, answer.Notes)
	got, err = s.lend.Do(t.Context(), wish{})
	require.NoError(t, err)
	require.Nil(t, kept.Words, "what was nil stays nil")
	require.Equal(t, answer, got)
}

func TestAnEndOfTheCalleesTimeIsNoErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	s := open(t, setting{}, func(ctx context.Context, _ wish) (loan, error) {
		<-ctx.Done()
		return loan{}, errors.New("driver: bad news")
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := s.lend.Do(ctx, wish{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Empty(t, s.log.String())
}
