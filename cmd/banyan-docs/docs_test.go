package main

import (
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
	"github.com/banyan-commerce/banyan/platform/money"
)

func root() string { return filepath.Join("..", "..") }

// asked tells that a reader wants a book.
type asked struct {
	Request id.UUID `json:"request_id"`
	// Why is the reader's reason,
	// in words | signs.
	Why     string       `json:"why,omitempty"`
	Places  []shelf      `json:"places"`
	Fee     *money.Money `json:"fee"` // may be waived
	At      time.Time    `json:"at"`
	Pages   []int        `json:"pages"`
	Open    bool         `json:"open"`
	Weight  float64      `json:"weight"`
	Plain   int
	Ignored string `json:"-"`
	hidden  string
}

// shelf is a place for books. It has a number.
type shelf struct {
	Number int `json:"number"` // from the left
}

func (asked) EventType() event.Type { return event.Type{Name: "library.asked", Version: 2} }

// asking is the first version of asked.
type asking struct {
	Request id.UUID `json:"request_id"`
}

func (asking) EventType() event.Type { return event.Type{Name: "library.asked", Version: 1} }

func (asked) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(old asking) (asked, error) { return asked{Request: old.Request}, nil })}
}

func library() []module.Manifest {
	request := id.Floor(time.UnixMilli(1))
	return []module.Manifest{
		{Name: "library", Aggregate: "request", Publishes: []event.Definition{event.Define(asked{Request: request, hidden: "x"})}},
		{Name: "archive", Listens: []string{"library.asked"}},
		{Name: "museum", Listens: []string{"library.asked", "other.event"}},
	}
}

func render(t *testing.T, manifests []module.Manifest) string {
	t.Helper()
	page, err := newPage(manifests, newSource(root())).render()
	require.NoError(t, err)
	return string(page)
}

func TestAnEventIsToldWithItsFieldsListenersAndExample(t *testing.T) {
	t.Parallel()
	page := render(t, library())
	for _, line := range []string{
		"| [library.asked](#libraryasked-version-2) | library | archive, museum |",
		"## library.asked, version 2\n\nasked tells that a reader wants a book.",
		"about the aggregate `request`; heard by archive, museum.",
		"[version 2](../modules/library/testdata/events/library.asked.v2.json), [version 1](../modules/library/testdata/events/library.asked.v1.json)",
		"| `request_id` | string, UUID | `id.UUID` |  |",
		"| `why` | string, may be absent | `string` | Why is the reader's reason, in words \\| signs. |",
		"| `places` | array | `[]main.shelf` | shelf is a place for books. |\n| `places[].number` | integer | `int` | from the left |",
		"| `fee` | object | `*money.Money` | may be waived |\n| `fee.amount` | integer | `int64` |",
		"| `at` | string, RFC 3339 | `time.Time` |",
		"| `pages` | array | `[]int` |",
		"| `open` | boolean | `bool` |",
		"| `weight` | number | `float64` |",
		"| `Plain` | integer | `int` |",
		`"subject": "request/00000000-0001-7000-8000-000000000000"`,
		`"type": "library.asked"`,
		`"typeversion": 2`,
	} {
		require.Contains(t, page, line)
	}
	require.NotContains(t, page, "gnored")
	require.NotContains(t, page, "hidden")
}

func TestAnEventThatNobodyHearsSaysSo(t *testing.T) {
	t.Parallel()
	require.Contains(t, render(t, library()[:1]), "| library | nobody |")
}

// nameless has an embedded field, whose place in JSON nobody sees.
type nameless struct{ asked }

// headless does not begin with the ID of its aggregate.
type headless struct {
	Why string `json:"why"`
}

func (headless) EventType() event.Type { return event.Type{Name: "library.lost", Version: 1} }

func TestWhatCanNotBeToldFails(t *testing.T) {
	t.Parallel()
	for says, sample := range map[string]event.Event{"embeds": nameless{}, "first field": headless{}} {
		m := module.Manifest{Name: "library", Publishes: []event.Definition{event.Define(sample)}}
		_, err := newPage([]module.Manifest{m}, newSource(root())).render()
		require.ErrorContains(t, err, says)
	}
	_, err := newSource(t.TempDir()).comment(reflect.TypeFor[asked]())
	require.Error(t, err)
}

func TestEveryLinkLeadsToAGoldenFile(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`\(\.\./(modules/[^)]+)\)`).FindAllStringSubmatch(render(t, assembly.Manifests()), -1)
	require.NotEmpty(t, links)
	for _, link := range links {
		require.FileExists(t, filepath.Join(root(), link[1]))
	}
}
