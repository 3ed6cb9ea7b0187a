package eventtest_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/event/eventtest"
)

// loan is version 2 of lent: it counts days, and knows no note.
type loan struct {
	Reader string `json:"reader"`
	Books  []book `json:"books"`
	Days   int    `json:"days"`
}

func (loan) EventType() event.Type { return asV2{}.EventType() }

func (loan) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(old lent) (loan, error) {
		return loan{Reader: old.Reader, Books: old.Books, Days: int(old.Until.Sub(until()).Hours()/24) + 14}, nil
	})}
}

func sampleLoan() loan { return loan{Reader: "17", Books: []book{{"Emma", 474}}, Days: 14} }

// twoVersions is a folder with the golden files of lent and loan.
func twoVersions(t *testing.T) string {
	t.Helper()
	dir := committed(t)
	require.NoError(t, eventtest.Update(dir, defined(sampleLoan())))
	return dir
}

func TestANewVersionReadsTheGoldenFilesOfTheOldOnes(t *testing.T) {
	t.Parallel()
	dir := twoVersions(t)
	require.Empty(t, text(dir, defined(sampleLoan())))
	require.FileExists(t, filepath.Join(dir, "library.lent.v1.json"))
	require.NoError(t, os.Remove(filepath.Join(dir, "library.lent.v1.json")))
	require.Contains(t, text(dir, defined(sampleLoan())), "there is no golden file library.lent.v1.json: restore it")
}

// The same new version with something wrong on the way from the old one.
type (
	orphan    struct{ loan }
	failing   struct{ loan }
	jumping   struct{ loan }
	forgetful struct{ loan }
	halting   struct{ loan }
)

func (orphan) Upcasters() []event.Upcaster { return nil }

func (failing) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(lent) (loan, error) { return loan{}, errors.New("no idea") })}
}

type asV3 struct{ loan }

func (asV3) EventType() event.Type { return event.Type{Name: "library.lent", Version: 3} }

func (jumping) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(lent) (asV3, error) { return asV3{}, nil })}
}

// misremembered is lent as it never was.
type misremembered struct {
	asV1

	Reader string    `json:"reader"`
	Books  []book    `json:"books"`
	Until  time.Time `json:"until"`
}

func (forgetful) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(misremembered) (loan, error) { return loan{}, nil })}
}

// late is what the upcaster below writes in place of a loan.
type late struct {
	asV2

	Reader string `json:"reader"`
}

func (halting) Upcasters() []event.Upcaster {
	return []event.Upcaster{event.Upcast(func(old lent) (late, error) { return late{Reader: old.Reader}, nil })}
}

func TestAWrongWayFromAnOldVersionFails(t *testing.T) {
	t.Parallel()
	dir := twoVersions(t)
	for _, c := range []struct {
		sample event.Event
		says   string
	}{
		{orphan{sampleLoan()}, "library.lent.v1.json belongs to no published event and no upcaster leads from it"},
		{failing{sampleLoan()}, "no idea"},
		{jumping{sampleLoan()}, "the upcaster from library.lent v1 to library.lent v3 leads nowhere"},
		{forgetful{sampleLoan()}, "the struct of this old version is not what was published"},
		{halting{sampleLoan()}, `library.lent.v1.json can't be read as library.lent v2: field "books" is gone in`},
	} {
		require.Contains(t, text(dir, defined(c.sample)), c.says)
	}
}
