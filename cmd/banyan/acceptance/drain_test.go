package acceptance_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// Requests that wait for their order when the server is asked to end are answered by what is known,
// and what is under way goes on at the next start.
func TestAServerThatIsAskedToEndAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := shoptest.Open(t, e)
		s.Offer(t, map[string]int64{"TEA": 1000})
		const n = 16
		answers, errs := make([]shoptest.Answer, n), make([]error, n)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			shoptest.Each(t, n, n, func(i int) {
				answers[i], errs[i] = s.Post(t.Context(), shoptest.Buy("TEA", 1).By("tok_slow").Waiting(30))
			})
		}()
		require.Eventually(t, func() bool {
			return strings.Contains(s.Ask(t, http.MethodGet, "/metrics", "").Body, "banyan_http_requests_in_flight 17\n")
		}, shoptest.Patience, shoptest.Soon, "all wait, beside the one who asks")
		begin := time.Now()
		require.Zero(t, s.Stop(t))
		require.Less(t, time.Since(begin), 20*time.Second)
		<-ended
		s.Restart(t)
		for i, a := range answers {
			require.NoError(t, errs[i])
			require.Equal(t, http.StatusCreated, a.Status, a.Body)
			s.Eventually(t, shoptest.Decoded[shoptest.Order](t, a).ID, shoptest.Is("confirmed"))
		}
		require.Len(t, s.RequireSound(t, map[string]int64{"TEA": 1000}).Orders, n)
		require.Zero(t, s.Stop(t))
	})
}
