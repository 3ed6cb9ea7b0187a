package route

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is one place at which two answers differ.
type Difference struct {
	Path string // in the JSON, such as items[].total.amount; empty: the answer as a whole
	What string // how they differ, without values
	Here string // the values, where they may be shown
	Away string
}

const (
	maxDifferences = 20 // of a pair
	maxShown       = 80 // characters of a value
	maxKey         = 40 // characters of a member's name; one that is longer or odd may be data
)

// Compare lists at which paths the answers of both sides differ. ignore are paths of what may: items[].at
// is the member at of each element, and what is below it. Values are named only if they may be shown.
func Compare(here, away Answer, ignore []string, values bool) []Difference {
	c := comparison{ignore: ignore, values: values}
	if here.Status != away.Status {
		c.add("", fmt.Sprintf("status %s here, %s away", here.Status, away.Status), nil, nil)
		return c.found
	}
	if bytes.Equal(here.Body, away.Body) {
		return nil
	}
	h, err := decode(here.Body)
	a, other := decode(away.Body)
	if err != nil || other != nil {
		c.add("", "not JSON, and not the same", nil, nil)
		return c.found
	}
	c.walk("", h, a)
	return c.found
}

func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // amounts keep all their digits
	err = d.Decode(&v)
	return v, err
}

type comparison struct {
	ignore []string
	values bool
	found  []Difference
}

func (c *comparison) walk(path string, here, away any) {
	if slices.Contains(c.ignore, path) || len(c.found) >= maxDifferences {
		return
	}
	switch h := here.(type) {
	case map[string]any:
		if a, ok := away.(map[string]any); ok {
			c.members(path, h, a)
			return
		}
	case []any:
		if a, ok := away.([]any); ok {
			c.elements(path, h, a)
			return
		}
	}
	switch {
	case kind(here) != kind(away):
		c.add(path, fmt.Sprintf("%s here, %s away", kind(here), kind(away)), here, away)
	case here != away:
		c.add(path, "another "+kind(here), here, away)
	}
}

func (c *comparison) members(path string, here, away map[string]any) {
	names := maps.Clone(here)
	maps.Copy(names, away)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		below := strings.TrimPrefix(path+"."+shownKey(name), ".")
		h, inHere := here[name]
		a, inAway := away[name]
		switch {
		case inHere && inAway:
			c.walk(below, h, a)
		case slices.Contains(c.ignore, below):
		case inHere:
			c.add(below, kind(h)+" here, missing away", h, nil)
		default:
			c.add(below, "missing here, "+kind(a)+" away", nil, a)
		}
	}
}

// elements names no positions: one element more at the front would be a difference at each.
func (c *comparison) elements(path string, here, away []any) {
	below := path + "[]"
	if len(here) != len(away) {
		c.add(below, fmt.Sprintf("%d elements here, %d away", len(here), len(away)), nil, nil)
		return
	}
	for i := range here {
		c.walk(below, here[i], away[i])
	}
}

// add notes a difference; one that is there at several elements, once.
func (c *comparison) add(path, what string, here, away any) {
	d := Difference{Path: path, What: what}
	if c.values {
		d.Here, d.Away = shown(here), shown(away)
	}
	if len(c.found) < maxDifferences && !slices.ContainsFunc(c.found, func(f Difference) bool { return f.Path == path && f.What == what }) {
		c.found = append(c.found, d)
	}
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "text"
	case []any:
		return "list"
	}
	return "object"
}

func shown(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return cut(string(text), maxShown)
}

// shownKey hides the name of a member that may be data and not a name.
func shownKey(name string) string {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	}
	if name == "" || len(name) > maxKey || strings.ContainsFunc(name, odd) {
		return "?"
	}
	return name
}
