package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/dbtest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

func TestEveryRouteOfTheManifestsIsServedAndNoOther(t *testing.T) {
	t.Parallel()
	s := open(t, "sqlite:"+t.TempDir(), "BANYAN_DEMO=off")
	_, body := s.get(t, "/openapi.json")
	var document struct{ Paths map[string]map[string]any }
	require.NoError(t, json.Unmarshal([]byte(body), &document))
	var served, declared []string
	for path, operations := range document.Paths {
		for method := range operations {
			if strings.HasPrefix(path, "/v1/system/") {
				continue // the platform's, for operators
			}
			served = append(served, strings.ToUpper(method)+" "+path)
		}
	}
	for _, m := range assembly.Manifests() {
		declared = append(declared, m.Routes...)
	}
	require.ElementsMatch(t, declared, served)
}

func TestAFreshShopIsReadyAndSaysHowToOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, "sqlite:"+dir)
	status, body := s.get(t, "/readyz")
	require.Equal(t, http.StatusOK, status, body)
	token := s.operator(t)
	status, _ = s.get(t, "/v1/orders", "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, status)
	status, _ = s.get(t, "/v1/orders")
	require.Equal(t, http.StatusUnauthorized, status)
	require.NotContains(t, s.log.String(), token, "the token is printed, and never logged")

	_, metrics := s.get(t, "/metrics")
	for _, name := range assembly.ModuleNames() {
		require.FileExists(t, filepath.Join(dir, name+".db"))
		require.Contains(t, metrics, `banyan_sql_statements_total{module="`+name+`"}`)
	}
	require.Contains(t, metrics, "go_goroutines")
	require.Zero(t, s.close(t), s.log)

	secret, err := os.ReadFile(filepath.Join(dir, "server.secret"))
	require.NoError(t, err)
	require.NotContains(t, s.log.String()+s.greeted, strings.TrimSpace(string(secret)))
}

func TestThePrintedCommandGivesAConfirmedOrder(t *testing.T) {
	t.Parallel()
	s := open(t, "sqlite:"+t.TempDir())
	requireConfirmed(t, s)
	require.Zero(t, s.close(t), s.log)
}

func TestAShopWithItsOwnProductsSaysHowToOrderThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := open(t, "sqlite:"+dir, "BANYAN_DEMO=off")
	require.NotContains(t, empty.greeted, "curl")
	importRoasters(t, empty)
	require.Zero(t, empty.close(t), empty.log)
	s := open(t, "sqlite:"+dir)
	require.Contains(t, s.greeted, "KE07-250-B", "no demo is loaded beside products of one's own")
	requireConfirmed(t, s)
	require.Zero(t, s.close(t), s.log)
}

func requireConfirmed(t *testing.T, s *shop) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI tries the printed command: curl is missing")
		t.Skip("curl is not installed")
	}
	line := regexp.MustCompile(`(?m)^curl .*$`).FindString(s.greeted)
	require.NotEmpty(t, line, s.greeted)
	answer, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
	require.NoError(t, err)
	var order struct{ ID, Status string }
	require.NoError(t, json.Unmarshal(answer, &order), string(answer))
	require.Equal(t, "confirmed", order.Status, "%s\n%s", answer, s.log)
}

// importRoasters sends the example feed through the server.
func importRoasters(t *testing.T, s *shop) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, part := range [][2]string{{"mapping", "mappings/roasters.yaml"}, {"feed", "feeds/roasters.csv"}} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", part[1]))
		require.NoError(t, err)
		w, err := form.CreateFormFile(part[0], filepath.Base(part[1]))
		require.NoError(t, err)
		_, err = w.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/imports?source=roasters", &body)
	require.NoError(t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+s.operator(t))
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Contains(t, string(answer), `"type":"done"`)
}

func TestAnOrderSettlesAndIsThereAfterARestart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database := e.URL(t)
		s := open(t, database, tokens()...)
		importRoasters(t, s)
		placed := s.place(t)
		require.Equal(t, http.StatusCreated, placed.status)
		require.Equal(t, "confirmed", placed.Status, s.log)
		require.Zero(t, s.close(t), s.log)
		for _, secret := range []string{operatorToken, strings.Repeat("s", 32), placed.AccessToken} {
			require.NotContains(t, s.log.String(), secret)
		}

		s = open(t, database, tokens()...)
		status, body := s.get(t, "/v1/orders/"+placed.ID, "Authorization", "Bearer "+placed.AccessToken)
		require.Equal(t, http.StatusOK, status, body)
		status, _ = s.get(t, "/v1/orders/"+placed.ID)
		require.Equal(t, http.StatusNotFound, status)
		require.Zero(t, s.close(t), s.log)
	})
}

func TestStoppingReleasesWhoWaitsForAnOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database := e.MigratedURL(t, assembly.ModuleNames()...)
		s := open(t, database, slices.Concat(tokens(), dbtest.Settings(database), []string{"BANYAN_MIGRATE=off"})...)
		importRoasters(t, s)
		placed, failed := make(chan placement, 1), make(chan error, 1)
		slow := s.order(t, "tok_slow", "wait=30")
		go func() {
			p, err := send(slow)
			failed <- err
			placed <- p
		}()
		require.Eventually(t, func() bool {
			_, metrics := s.get(t, "/metrics")
			return strings.Contains(metrics, "banyan_http_requests_in_flight 2")
		}, 10*time.Second, 10*time.Millisecond, "the order waits beside the question for metrics")
		begin := time.Now()
		require.Zero(t, s.close(t), s.log)
		require.Less(t, time.Since(begin), 20*time.Second)
		require.NoError(t, <-failed)
		order := <-placed
		require.Equal(t, http.StatusCreated, order.status)
		require.Equal(t, "pending_payment", order.Status)
	})
}

func TestTwoServersStartAtOnceOnOneEmptyDatabase(t *testing.T) {
	t.Parallel()
	e := dbtest.Only(t, sqldb.MySQL)
	database := e.URL(t)
	exits := make(chan int, 2)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	logs := [2]journal{}
	for i := range logs {
		environ := append(tokens(), "BANYAN_DB="+database, "BANYAN_ADDR=127.0.0.1:0")
		go func() { exits <- run(ctx, []string{"serve"}, environ, &logs[i], &logs[i]) }()
	}
	require.Eventually(t, func() bool {
		return strings.Contains(logs[0].String(), "listens on") && strings.Contains(logs[1].String(), "listens on")
	}, time.Minute, 10*time.Millisecond)
	stop()
	for range logs {
		require.Zero(t, <-exits, "%s\n%s", &logs[0], &logs[1])
	}
}

// placement is the answer to an order.
type placement struct {
	status      int
	ID          string `json:"id"`
	Status      string `json:"status"`
	AccessToken string `json:"access_token"`
}

// place orders what the example feed holds, and waits until the order is confirmed.
func (s *shop) place(t *testing.T) placement {
	t.Helper()
	p, err := send(s.order(t, "tok_ok", "wait=20"))
	require.NoError(t, err)
	return p
}

func (s *shop) order(t *testing.T, token, prefer string) *http.Request {
	t.Helper()
	body := regexp.MustCompile(`-d '(.*)'$`).FindStringSubmatch(orderCommand("", offer{"KE07-250-B", amount{1450, "EUR"}}))[1]
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/orders", strings.NewReader(strings.ReplaceAll(body, "tok_ok", token)))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", rand.Text())
	r.Header.Set("Prefer", prefer)
	return r
}

func send(r *http.Request) (placement, error) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return placement{}, err
	}
	defer response.Body.Close()
	p := placement{status: response.StatusCode}
	return p, json.NewDecoder(response.Body).Decode(&p)
}

func TestAnAddressThatIsTakenEndsTheProgramWithoutATrace(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	dir := t.TempDir()
	code, _, stderr := quickly(t, []string{"BANYAN_DB=sqlite:" + dir, "BANYAN_ADDR=" + taken.Addr().String(), "BANYAN_DEMO=off"}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "address already in use")
	require.NotContains(t, stderr, "goroutine")
	require.Zero(t, open(t, "sqlite:"+dir, "BANYAN_DEMO=off").close(t), "the files are free again")
}

func TestASecondServerOnTheSameFilesIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, "sqlite:"+dir, "BANYAN_DEMO=off")
	code, _, stderr := quickly(t, []string{"BANYAN_DB=sqlite:" + dir, "BANYAN_ADDR=127.0.0.1:0"}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "another process is using this database file")
}

func TestBadSettingsAreNamedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"serve", "migrate"} {
		code, stdout, stderr := quickly(t, []string{"BANYAN_HOLD=soon", "BANYAN_TYPO=1"}, command)
		require.Equal(t, 1, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "BANYAN_HOLD: ")
		require.Contains(t, stderr, "BANYAN_TYPO: ")
	}
}

func TestAnUnreachableDatabaseIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"serve", "migrate"} {
		code, stdout, stderr := quickly(t, append(tokens(), "BANYAN_DB=mysql://shop:hunter2@127.0.0.1:1/"), command)
		require.Equal(t, 1, code)
		require.Contains(t, stderr, "connection refused")
		require.NotContains(t, stdout+stderr, "hunter2")
	}
}

func TestOnAProductionDatabaseTheTokensMustBeSet(t *testing.T) {
	t.Parallel()
	code, _, stderr := quickly(t, []string{"BANYAN_DB=mysql://shop:hunter2@127.0.0.1:1/"}, "serve")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "BANYAN_OPERATOR_TOKEN")
}

func TestMigratingTwiceChangesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	environ := []string{"BANYAN_DB=sqlite:" + t.TempDir()}
	code, first, stderr := quickly(t, environ, "migrate")
	require.Zero(t, code, stderr)
	require.NotContains(t, first, " 0 applied")
	code, second, stderr := quickly(t, environ, "migrate")
	require.Zero(t, code, stderr)
	require.Equal(t, len(assembly.Manifests()), strings.Count(second, " 0 applied"), second)
}

func TestTheVersionIsPrinted(t *testing.T) {
	t.Parallel()
	code, stdout, _ := quickly(t, nil, "version")
	require.Zero(t, code)
	require.Regexp(t, `^banyan \S+ \(go1\..*\)\n$`, stdout)
}

func TestAnUnknownCommandIsAnError(t *testing.T) {
	t.Parallel()
	code, _, stderr := quickly(t, nil, "sevre")
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "sevre")
}

func TestTheOrderCommandIsOneWordPerArgumentWhateverTheSKU(t *testing.T) {
	t.Parallel()
	line := orderCommand("http://127.0.0.1:1", offer{sku: `it's "x" $HOME & more`, price: amount{100, "KRW"}})
	require.NotContains(t, line, "\n")
	script := "curl() { for a; do last=$a; done; printf '%s' \"$last\"; }\n" + line
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	require.NoError(t, err)
	var body struct {
		Lines []struct{ SKU string }
	}
	require.NoError(t, json.NewDecoder(bytes.NewReader(out)).Decode(&body), string(out))
	require.Equal(t, `it's "x" $HOME & more`, body.Lines[0].SKU)
}
