package sandbox_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/modules/payment/internal/provider"
	"github.com/banyan-commerce/banyan/modules/payment/internal/sandbox"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

func start(t *testing.T) (*sandbox.Sandbox, *sandbox.Client, string) {
	t.Helper()
	s := sandbox.New(func(context.Context) {})
	server, err := sandbox.Listen(t.Context(), s, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	server.Start()
	client := sandbox.NewClient(server.URL())
	t.Cleanup(func() {
		client.Close()
		require.NoError(t, server.Stop(context.WithoutCancel(t.Context())))
	})
	return s, client, server.URL()
}

func authorisation(token string) provider.Authorisation {
	return provider.Authorisation{Key: id.New(), Token: token, Amount: money.Money{Amount: 1250, Currency: "EUR"}}
}

func TestATokenDecidesTheOutcome(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t)
	codes := map[string]string{
		"tok_ok": "", "tok_slow": "", "tok_declined": "card_declined",
		"tok_insufficient_funds": "insufficient_funds", "": "invalid_token", "4242424242424242": "invalid_token",
	}
	for token, code := range codes {
		a := authorisation(token)
		o, err := client.Authorise(t.Context(), a)
		require.NoError(t, err)
		require.Equal(t, code, o.Code, token)
		require.Equal(t, code == "", o.Done, token)
		if o.Done {
			require.Equal(t, a.Amount, o.Amount)
		}
		again, err := client.Query(t.Context(), a.Key)
		require.NoError(t, err)
		require.Equal(t, o, again)
	}
}

func TestARepeatedKeyDoesNothingAgain(t *testing.T) {
	t.Parallel()
	s, client, _ := start(t)
	a := authorisation("tok_ok")
	capture := func() provider.Outcome {
		o, err := client.Capture(t.Context(), provider.Capture{Key: a.Key, Authorisation: a.Key, Amount: a.Amount})
		require.NoError(t, err)
		return o
	}
	first, err := client.Authorise(t.Context(), a)
	require.NoError(t, err)
	second, err := client.Authorise(t.Context(), a)
	require.NoError(t, err)
	require.Equal(t, first, second)
	taken := capture()
	require.True(t, taken.Done)
	require.Equal(t, taken, capture())
	require.Equal(t, sandbox.Tally{Authorised: 1, Captured: 1}, s.Tally())
}

func TestAKeyServesOneRequest(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t)
	a := authorisation("tok_ok")
	_, err := client.Authorise(t.Context(), a)
	require.NoError(t, err)
	a.Amount.Amount++
	_, err = client.Authorise(t.Context(), a)
	require.ErrorIs(t, err, sandbox.ErrUnreachable)
}

func TestWhatWasVoidedCannotBeTakenAndWhatWasTakenCannotBeVoided(t *testing.T) {
	t.Parallel()
	_, client, _ := start(t)
	a, b := authorisation("tok_ok"), authorisation("tok_ok")
	for _, each := range []provider.Authorisation{a, b} {
		_, err := client.Authorise(t.Context(), each)
		require.NoError(t, err)
	}
	void := func(of provider.Authorisation) provider.Outcome {
		o, err := client.Void(t.Context(), provider.Void{Key: id.New(), Authorisation: of.Key})
		require.NoError(t, err)
		return o
	}
	capture := func(of provider.Authorisation, amount int64) provider.Outcome {
		o, err := client.Capture(t.Context(), provider.Capture{
			Key: id.New(), Authorisation: of.Key, Amount: money.Money{Amount: amount, Currency: "EUR"},
		})
		require.NoError(t, err)
		return o
	}
	require.Equal(t, a.Amount, void(a).Amount)
	require.Equal(t, "voided", capture(a, 1250).Code)
	require.Equal(t, "amount_too_large", capture(b, 1251).Code)
	require.True(t, capture(b, 1250).Done)
	require.Equal(t, "already_captured", capture(b, 1250).Code)
	require.Equal(t, "captured", void(b).Code)
}

func TestAForgottenAuthorisationIsKnownByItsReference(t *testing.T) {
	t.Parallel()
	_, before, _ := start(t)
	_, after, _ := start(t)
	a := authorisation("tok_ok")
	o, err := before.Authorise(t.Context(), a)
	require.NoError(t, err)
	_, err = after.Query(t.Context(), a.Key)
	require.ErrorIs(t, err, provider.ErrUnknownOperation)
	forged := provider.Capture{
		Key: id.New(), Authorisation: a.Key, Reference: strings.Replace(o.Reference, a.Key.String(), id.New().String(), 1), Amount: a.Amount,
	}
	refused, err := after.Capture(t.Context(), forged)
	require.NoError(t, err)
	require.Equal(t, "not_authorised", refused.Code)
	captured, err := after.Capture(t.Context(), provider.Capture{
		Key: id.New(), Authorisation: a.Key, Reference: o.Reference, Amount: a.Amount,
	})
	require.NoError(t, err)
	require.True(t, captured.Done)
}

func TestTheSandboxRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	_, _, url := start(t)
	for _, body := range []string{"", "{", `{"token":"tok_ok","amount":{"amount":-1,"currency":"EUR"}}`, `{"token":"tok_ok"}`} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/authorisations", strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Idempotency-Key", id.New().String())
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusBadRequest, response.StatusCode, body)
	}
}

func TestASlowAnswerTakesItsTimeUnlessNobodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		sandbox.Wait(sandbox.Slow)(t.Context())
		require.Equal(t, sandbox.Slow, time.Since(began))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		sandbox.Wait(sandbox.Slow)(gone)
		require.Equal(t, sandbox.Slow, time.Since(began))
	})
}
