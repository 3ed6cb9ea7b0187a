package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/customer"
)

// answering is a server whose list of orders has two pages.
func answering(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+operatorToken {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		page := `{"items":[{"id":"a","fulfilment_status":"preparing"}],"next_cursor":"two"}`
		if r.URL.Query().Get("cursor") == "two" {
			page = `{"items":[{"id":"b","fulfilment_status":"preparing"},{"id":"c","fulfilment_status":"unfulfilled"}]}`
		}
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(s.Close)
	return s
}

func TestAnOrderThatIsNotThereOrHasNoShipmentIsLost(t *testing.T) {
	t.Parallel()
	server := answering(t)
	for lost, placed := range map[string][][]string{
		"":            {{"a"}, {"b"}},
		"1 of 3":      {{"a"}, {"b", "d"}},
		"1 of 2":      {{"a", "c"}},
		"2 of 3 orde": {{"c", "d"}, {"a"}},
	} {
		c := newCrowd(server.URL, customer.Goods{N: 100}, 2)
		c.placed = placed
		_, err := c.audit(t.Context())
		if lost == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, lost)
		}
	}
}

func TestProcessorTimeIsCountedPerOrder(t *testing.T) {
	t.Parallel()
	before, now := Processor{Server: time.Second}, Processor{Server: 3 * time.Second, Load: time.Second}
	require.Equal(t, Processor{Server: 500 * time.Millisecond, Load: 250 * time.Millisecond}, now.since(before, 4))
	require.Zero(t, now.since(before, 0))
}
