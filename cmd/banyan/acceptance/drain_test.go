package acceptance_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// Requests that wait for their order when the server is asked to end are answered by what is known,
// and what is under way goes on at the next start.
func TestAServerThatIsAskedToEndAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		s := open(t, e)
		s.offer(t, map[string]int64{"TEA": 1000})
		const n = 16
		answers, errs := make([]answer, n), make([]error, n)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			each(t, n, n, func(i int) {
				answers[i], errs[i] = s.post(t.Context(), buy("TEA", 1).by("tok_slow").waiting(30))
			})
		}()
		require.Eventually(t, func() bool {
			return strings.Contains(s.ask(t, http.MethodGet, "/metrics", "").body, "banyan_http_requests_in_flight 17\n")
		}, patience, soon, "all wait, beside the one who asks")
		begin := time.Now()
		require.Zero(t, s.stop(t))
		require.Less(t, time.Since(begin), 20*time.Second)
		<-ended
		s.restart(t)
		for i, a := range answers {
			require.NoError(t, errs[i])
			require.Equal(t, http.StatusCreated, a.status, a.body)
			s.eventually(t, decoded[order](t, a).ID, is("confirmed"))
		}
		require.Len(t, s.requireSound(t, map[string]int64{"TEA": 1000}).orders, n)
		require.Zero(t, s.stop(t))
	})
}
