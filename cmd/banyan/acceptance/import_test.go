package acceptance_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/dbtest"
)

// feed is a partner's file with its mapping.
func feed(t *testing.T, source, path string) []string {
	t.Helper()
	examples, err := filepath.Abs(filepath.Join(shoptest.Root, "examples"))
	require.NoError(t, err)
	if !filepath.IsAbs(path) {
		path = filepath.Join(examples, path)
	}
	return []string{"import", "--source", source, "--mapping", filepath.Join(examples, "mappings", source+".yaml"), path}
}

func TestAFeedIsImportedWithTheServerStoppedAndWithItRunning(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database, roasters := e.URL(t), feed(t, "roasters", "feeds/roasters.csv")
		status, stdout, stderr := shoptest.Run(t, database, nil, roasters...)
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "read 15, created 15, updated 0, unchanged 0, rejected 0")

		s := shoptest.Start(t, database)
		status, stdout, stderr = shoptest.Run(t, database, reached(s), roasters...)
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "read 15, created 0, updated 0, unchanged 15, rejected 0")
		found := shoptest.Decoded[struct {
			Items []struct {
				Name string
				SKUs []struct {
					SKU       string
					Available int64
				}
			}
		}](t, s.Ask(t, http.MethodGet, "/v1/products?q=nyeri", ""))
		require.Len(t, found.Items, 1)
		require.Equal(t, "Nyeri Highland", found.Items[0].Name)
		require.Len(t, found.Items[0].SKUs, 3)

		repriced := filepath.Join(t.TempDir(), "repriced.csv")
		text, err := os.ReadFile(roasters[len(roasters)-1])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(repriced, []byte(strings.Replace(string(text), "14.50", "15.50", 1)+"BAD,,,,,,,,,,,\n"), 0o600))
		status, stdout, stderr = shoptest.Run(t, database, reached(s), feed(t, "roasters", repriced)...)
		require.Zero(t, status, "a bad row stops nothing: %s", stderr)
		require.Contains(t, stdout, "updated 3, unchanged 12, rejected 1", "a product is as new as its rows together")
		require.Regexp(t, `rejected: line \d+, column "\w+"`, stderr)
		a := s.Ask(t, http.MethodGet, "/v1/skus/KE07-250-B", "")
		require.Contains(t, a.Body, `"price":{"amount":1550,"currency":"EUR"}`)
	})
}

// reached are the settings by which a command finds the running server.
func reached(s *shoptest.Server) []string {
	return []string{"BANYAN_ADDR=" + strings.TrimPrefix(s.URL, "http://")}
}

func TestAnImportThatCameToNothingSaysSoByItsStatus(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database := e.MigratedURL(t, shoptest.Modules()...)
		s := shoptest.Start(t, database, append(dbtest.Settings(database), "BANYAN_MIGRATE=off")...)
		empty := filepath.Join(t.TempDir(), "empty.csv")
		require.NoError(t, os.WriteFile(empty, nil, 0o600))
		for name, arguments := range map[string][]string{
			"no such feed":     feed(t, "roasters", "feeds/absent.csv"),
			"no such mapping":  feed(t, "absent", "feeds/roasters.csv"),
			"an empty feed":    feed(t, "roasters", empty),
			"another's header": feed(t, "bigbasket", "feeds/roasters.csv"),
			"no feed":          {"import", "--source", "x"},
		} {
			status, _, stderr := shoptest.Run(t, database, reached(s), arguments...)
			require.Equal(t, 1, status, name)
			require.Contains(t, stderr, "banyan: ", name)
			require.NotContains(t, stderr, "goroutine", name)
		}
		require.JSONEq(t, `{"items":[]}`, s.Ask(t, http.MethodGet, "/v1/products", "").Body)
	})
}

// The real feed isn't in the repository: it is looked for in the folder BANYAN_FEEDS, else in
// shared/data/feeds beside the checkout.
func TestTheRealFeedIsImportedWholeAndTheSecondTimeUnchanged(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("BANYAN_FEEDS")
	if folder == "" {
		folder = filepath.Join(shoptest.Root, "../shared/data/feeds")
	}
	path, err := filepath.Abs(filepath.Join(folder, "bigbasket.csv"))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real feed absent: %s (say where it is with BANYAN_FEEDS)", path)
	}
	dbtest.Each(t, func(t *testing.T, e dbtest.Engine) {
		database := e.MigratedURL(t, shoptest.Modules()...)
		bigbasket := feed(t, "bigbasket", path)
		begin := time.Now()
		status, stdout, stderr := shoptest.Run(t, database, append(dbtest.Settings(database), "BANYAN_MIGRATE=off"), bigbasket...)
		first := time.Since(begin)
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "read 27555, created 27554, updated 0, unchanged 0, rejected 1")
		require.Contains(t, stderr, "rejected: line 14366")

		s := shoptest.Start(t, database, append(dbtest.Settings(database), "BANYAN_MIGRATE=off")...)
		begin = time.Now()
		status, stdout, stderr = shoptest.Run(t, database, reached(s), bigbasket...)
		second := time.Since(begin)
		require.Zero(t, status, stderr)
		require.Contains(t, stdout, "read 27555, created 0, updated 0, unchanged 27554, rejected 1")
		t.Logf("first %s (%d rows/s), second %s", first, rowsPerSecond(t, stdout), second)
		require.Less(t, second, first/2)
		a := s.Ask(t, http.MethodGet, "/v1/skus/bigbasket.1", "")
		require.Contains(t, a.Body, `"name":"Garlic Oil - Vegetarian Capsule 500 mg"`)
		require.Contains(t, a.Body, `"price":{"amount":22000,"currency":"INR"}`)
	})
}

func rowsPerSecond(t *testing.T, summary string) int {
	t.Helper()
	found := regexp.MustCompile(`(\d+) rows/s`).FindStringSubmatch(summary)
	require.NotNil(t, found, summary)
	n, err := strconv.Atoi(found[1])
	require.NoError(t, err)
	return n
}
