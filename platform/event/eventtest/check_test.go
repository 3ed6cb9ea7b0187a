package eventtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
)

// A library lends books. Each break below is planted in a copy of the struct, as if it had been edited.
type lent struct {
	Reader string    `json:"reader"`
	Books  []book    `json:"books"`
	Until  time.Time `json:"until"`
	Note   string    `json:"note,omitempty"`
}

type book struct {
	Title string `json:"title"`
	Pages int    `json:"pages"`
}

func until() time.Time { return time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC) }

func sampleLent() lent {
	return lent{Reader: "17", Books: []book{{"Emma", 474}, {"Dracula", 418}}, Until: until(), Note: "by post"}
}

func (lent) EventType() event.Type { return event.Type{Name: "library.lent", Version: 1} }

// asV1 and asV2 are embedded to be an edited version of lent.
type (
	asV1 struct{}
	asV2 struct{}
)

func (asV1) EventType() event.Type { return event.Type{Name: "library.lent", Version: 1} }
func (asV2) EventType() event.Type { return event.Type{Name: "library.lent", Version: 2} }

// committed is a folder with the golden file of lent.
func committed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, eventtest.Update(dir, defined(sampleLent())))
	return dir
}

func defined(samples ...event.Event) []event.Definition {
	var all []event.Definition
	for _, sample := range samples {
		all = append(all, event.Define(sample))
	}
	return all
}

// text is all that Check finds.
func text(dir string, published []event.Definition) string {
	if err := errors.Join(eventtest.Check(dir, published)...); err != nil {
		return err.Error()
	}
	return ""
}

func TestAnUnchangedEventPasses(t *testing.T) {
	t.Parallel()
	require.Empty(t, text(committed(t), defined(sampleLent())))
}

func TestABrokenFieldAsksForANewVersionAndIsNeverWritten(t *testing.T) {
	t.Parallel()
	type removed struct {
		asV1

		Reader string    `json:"reader"`
		Books  []book    `json:"books"`
		Until  time.Time `json:"until"`
	}
	type renamed struct {
		asV1

		Reader string    `json:"Reader"` // which encoding/json would read, but others not
		Books  []book    `json:"books"`
		Until  time.Time `json:"until"`
		Note   string    `json:"note"`
	}
	type retyped struct {
		asV1

		Reader int       `json:"reader"`
		Books  []book    `json:"books"`
		Until  time.Time `json:"until"`
		Note   string    `json:"note"`
	}
	type narrowed struct {
		asV1

		Reader time.Time `json:"reader"` // still a string in JSON
		Books  []book    `json:"books"`
		Until  time.Time `json:"until"`
		Note   string    `json:"note"`
	}
	type volume struct {
		Title string `json:"title"`
	}
	type lostBelow struct {
		asV1

		Reader string    `json:"reader"`
		Books  []volume  `json:"books"`
		Until  time.Time `json:"until"`
		Note   string    `json:"note"`
	}
	books := sampleLent().Books
	for name, c := range map[string]struct {
		sample event.Event
		says   string
	}{
		"removed":       {removed{Reader: "17", Books: books, Until: until()}, `field "note" is gone`},
		"renamed":       {renamed{Reader: "17", Books: books, Until: until(), Note: "by post"}, `field "reader" is gone`},
		"retyped":       {retyped{Reader: 17, Books: books, Until: until(), Note: "by post"}, `field "reader" was string and is number`},
		"retyped in Go": {narrowed{Reader: until(), Books: books, Until: until(), Note: "by post"}, `library.lent.v1.json can't be read any more`},
		"below a list":  {lostBelow{Reader: "17", Books: []volume{{"Emma"}}, Until: until(), Note: "by post"}, `field "books[].pages" is gone`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := committed(t)
			for range 2 {
				require.Contains(t, text(dir, defined(c.sample)), c.says)
				require.Contains(t, text(dir, defined(c.sample)), "publish a new version")
				require.ErrorContains(t, eventtest.Update(dir, defined(c.sample)), c.says)
			}
			require.Empty(t, text(dir, defined(sampleLent())), "the golden file is as it was")
		})
	}
}

func TestAnAddedFieldIsFineOnceItIsInTheGoldenFile(t *testing.T) {
	t.Parallel()
	type added struct {
		asV1

		Reader string    `json:"reader"`
		Branch string    `json:"branch"`
		Books  []book    `json:"books"`
		Until  time.Time `json:"until"`
		Note   string    `json:"note"`
	}
	sample := added{Reader: "17", Branch: "North", Books: sampleLent().Books, Until: until(), Note: "by post"}
	dir := committed(t)
	require.Contains(t, text(dir, defined(sample)), "-update")
	require.NotContains(t, text(dir, defined(sample)), "new version")
	require.NoError(t, eventtest.Update(dir, defined(sample)))
	require.Empty(t, text(dir, defined(sample)))
	require.Contains(t, text(dir, defined(sampleLent())), `field "branch" is gone`)
}

func TestASampleShowsEveryField(t *testing.T) {
	t.Parallel()
	sample := sampleLent()
	sample.Note, sample.Books[1].Pages = "", 0
	found := text(committed(t), defined(sample))
	require.Contains(t, found, "leaves Note empty")
	require.Contains(t, found, "leaves Books[1].Pages empty")
	sample.Books = []book{}
	require.Contains(t, text(committed(t), defined(sample)), "leaves Books empty")
}

func TestAnEventWithoutGoldenFileAndAFileWithoutEventFail(t *testing.T) {
	t.Parallel()
	require.Contains(t, text(t.TempDir(), defined(sampleLent())), "there is no golden file library.lent.v1.json")
	require.Contains(t, text(filepath.Join(t.TempDir(), "none"), defined(sampleLent())), "there is no golden file")
	require.Contains(t, text(committed(t), nil), "library.lent.v1.json belongs to no published event")
}

func TestAnEventThatDoesNotReadWhatItWritesFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, eventtest.Update(dir, defined(deaf{Reader: "17"})))
	require.Contains(t, text(dir, defined(deaf{Reader: "17"})), "what is written is not what is read")
}

// deaf forgets what it reads.
type deaf struct{ Reader string }

func (deaf) EventType() event.Type          { return asV1{}.EventType() }
func (d deaf) MarshalJSON() ([]byte, error) { return []byte(`{"reader":"` + d.Reader + `"}`), nil }
func (d *deaf) UnmarshalJSON([]byte) error  { d.Reader = ""; return nil }

func TestAnEventThatStumblesOverAFieldMoreFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, eventtest.Update(dir, defined(strict{Reader: "17"})))
	require.Contains(t, text(dir, defined(strict{Reader: "17"})), `with a field more is read as another one: json: unknown field "OfTomorrow"`)
	require.NoError(t, eventtest.Update(dir, defined(counting{"Reader": "17"})))
	require.Contains(t, text(dir, defined(counting{"Reader": "17"})), "with a field more is read as another one")
}

// strict reads what it knows and nothing else; counting keeps whatever comes.
type (
	strict   struct{ Reader string }
	counting map[string]any
)

func (strict) EventType() event.Type   { return asV1{}.EventType() }
func (counting) EventType() event.Type { return asV1{}.EventType() }

func (s *strict) UnmarshalJSON(text []byte) error {
	var plain struct{ Reader string }
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&plain)
	s.Reader = plain.Reader
	return err
}
