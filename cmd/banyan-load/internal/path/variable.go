package path

import (
	"crypto/rand"
	mathrand "math/rand/v2"
	"regexp"
	"strings"

	"github.com/banyan-commerce/banyan/platform/id"
)

const identifierSize = 16 // bytes of a UUID in a database

type kind int

const (
	identifier kind = iota // 16 bytes: a new UUIDv7
	textual                // text: random characters, and UUIDs in their text form
	binary                 // other bytes: as many random ones
	sold                   // one of the SKUs that the order is given
)

// variable is a value of one order and how another order comes by its own.
type variable struct {
	kind   kind
	size   int // of binary
	rank   int // of sold: among the order's SKUs
	pieces []piece
}

// piece is a part of a text: a UUID (the variable of those 16 bytes), random characters of an alphabet,
// or what stays as it is.
type piece struct {
	uuid     int // fixed if it is none
	alphabet string
	text     string // its length counts for random characters
}

// textual takes a text apart: at the UUIDs in it, or else at what is no letter and no digit. former is
// what the other order had there; words that both have stay.
func (c *compiler) textual(former, text string) variable {
	v := variable{kind: textual}
	if at, _ := findUUID(text); at == len(text) {
		v.pieces = words(former, text)
		return v
	}
	for text != "" {
		at, u := findUUID(text)
		v.pieces = append(v.pieces, piece{uuid: fixed, text: text[:at]})
		if at == len(text) {
			break
		}
		v.pieces = append(v.pieces, piece{uuid: c.variable(string(u[:]), variable{kind: identifier})})
		text = text[at+36:]
	}
	return v
}

// findUUID answers the first place where a UUID in text form begins, or the text's length.
func findUUID(text string) (int, id.UUID) {
	for i := 0; i+36 <= len(text); i++ {
		if u, err := id.Parse(text[i : i+36]); err == nil {
			return i, u
		}
	}
	return len(text), id.UUID{}
}

// words are the runs of letters and digits in a text, each random in its own alphabet, and what stands
// between them.
func words(former, text string) []piece {
	split := regexp.MustCompile(`[A-Za-z0-9]+|[^A-Za-z0-9]+`)
	before, now := split.FindAllString(former, -1), split.FindAllString(text, -1)
	var pieces []piece
	for i, word := range now {
		p := piece{uuid: fixed, text: word}
		both := len(before) == len(now) && before[i] == word
		if !both && strings.ContainsAny(word[:1], lower+upper+digits) {
			p.alphabet = alphabetOf(word)
		}
		pieces = append(pieces, p)
	}
	return pieces
}

const (
	digits    = "0123456789"
	lower     = "abcdefghijklmnopqrstuvwxyz"
	upper     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	hex       = digits + "abcdef"
	upperHex  = digits + "ABCDEF"
	crockford = digits + "ABCDEFGHJKMNPQRSTVWXYZ" // without I, L, O, U
	base32    = upper + "234567"                  // RFC 4648
)

// alphabetOf is the smallest of the usual alphabets that has all characters of a text.
func alphabetOf(text string) string {
	for _, a := range []string{digits, hex, upperHex, lower, upper, crockford, base32, digits + lower, digits + upper} {
		if strings.Trim(text, a) == "" {
			return a
		}
	}
	return digits + lower + upper
}

// fresh makes the values of a new order. skus are its own, sorted: rows are locked in their order.
func (p *Path) fresh(skus []string) []any {
	all := make([]any, len(p.vars))
	for i, v := range p.vars {
		switch v.kind {
		case identifier:
			u := id.New()
			all[i] = u[:]
		case binary:
			b := make([]byte, v.size)
			_, _ = rand.Read(b) // never fails
			all[i] = b
		case sold:
			all[i] = skus[v.rank]
		case textual: // below: it may hold an identifier
		}
	}
	for i, v := range p.vars {
		if v.kind == textual {
			all[i] = v.compose(all)
		}
	}
	return all
}

func (v variable) compose(all []any) string {
	var b strings.Builder
	for _, part := range v.pieces {
		switch {
		case part.uuid != fixed:
			b.WriteString(id.UUID(all[part.uuid].([]byte)).String())
		case part.alphabet != "":
			b.WriteString(random(part.alphabet, len(part.text)))
		default:
			b.WriteString(part.text)
		}
	}
	return b.String()
}

func random(alphabet string, n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = alphabet[mathrand.IntN(len(alphabet))] //nolint:gosec // a key of a benchmark needs no secrecy
	}
	return string(text)
}

// arguments are those of one statement for an order whose values are all.
func (p *Path) arguments(unit, statement int, all []any) []any {
	recorded, slots := p.Units[unit].Statements[statement].Args, p.slots[unit][statement]
	args := make([]any, len(recorded))
	for i, slot := range slots {
		if slot == fixed {
			args[i] = recorded[i]
		} else {
			args[i] = all[slot]
		}
	}
	return args
}
