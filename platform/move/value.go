package move

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A row's values are nil, int64, string or []byte, whichever engine they come from.

// canonical is a driver's value as the column's kind. SQLite lets any value stand in any column: one that
// isn't what the column says is an error.
func (c column) canonical(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil //nolint:nilnil // NULL is a value
	case int64:
		if c.kind == integer {
			return v, nil
		}
	case []byte:
		switch c.kind {
		case integer:
			return strconv.ParseInt(string(v), 10, 64)
		case textOf:
			return string(v), nil
		case bytesOf:
			if v == nil { // empty, which drivers don't tell from NULL when they are given it back
				v = []byte{}
			}
			return v, nil
		}
	case string:
		if c.kind == textOf {
			return v, nil
		}
		if c.kind == bytesOf {
			return []byte(v), nil
		}
	}
	return nil, fmt.Errorf("a %T stands where %s is declared", v, c.declared)
}

// fit says why a value can't be kept by a column of the target as it is.
func (c column) fit(v any) error {
	switch v := v.(type) {
	case nil:
		if !c.nullable {
			return errors.New("is NULL, which the target does not allow")
		}
	case int64:
		if c.bits == 32 && (v < math.MinInt32 || v > math.MaxInt32) {
			return fmt.Errorf("is %d, beyond what %s holds", v, c.declared)
		}
	case []byte:
		if c.fixed && len(v) != c.size {
			return fmt.Errorf("has %d bytes where %s is declared", len(v), c.declared)
		}
	case string:
		return c.fitText(v)
	}
	return nil
}

func (c column) fitText(v string) error {
	if !utf8.ValidString(v) {
		return errors.New("is no valid UTF-8")
	}
	if n := utf8.RuneCountInString(v); c.size > 0 && n > c.size {
		return fmt.Errorf("has %d characters where %s is declared", n, c.declared)
	}
	if c.fixed && strings.HasSuffix(v, " ") {
		return fmt.Errorf("ends with a space, which %s does not keep", c.declared)
	}
	return nil
}

// named is a key for people.
func named(key []any) string {
	parts := make([]string, len(key))
	for i, v := range key {
		switch v := v.(type) {
		case []byte:
			parts[i] = "0x" + hex.EncodeToString(v)
		case string:
			parts[i] = strconv.Quote(v)
		default:
			parts[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(parts, ", ")
}

// keptKey and readKey write a key into the state and read it.
func keptKey(key []any) (string, error) {
	parts := make([][2]string, len(key))
	for i, v := range key {
		switch v := v.(type) {
		case int64:
			parts[i] = [2]string{string(integer), strconv.FormatInt(v, 10)}
		case []byte:
			parts[i] = [2]string{string(bytesOf), hex.EncodeToString(v)}
		case string:
			parts[i] = [2]string{string(textOf), v}
		default:
			return "", fmt.Errorf("a key can't be %T", v)
		}
	}
	text, err := json.Marshal(parts)
	return string(text), err
}

func readKey(text string) ([]any, error) {
	if text == "" {
		return nil, nil
	}
	var parts [][2]string
	if err := json.Unmarshal([]byte(text), &parts); err != nil {
		return nil, err
	}
	key := make([]any, len(parts))
	var err error
	for i, p := range parts {
		switch kind(p[0]) {
		case integer:
			key[i], err = strconv.ParseInt(p[1], 10, 64)
		case bytesOf:
			key[i], err = hex.DecodeString(p[1])
		case textOf:
			key[i] = p[1]
		}
		if err != nil {
			return nil, err
		}
	}
	return key, nil
}

// size is about what a row takes.
func size(row []any) int {
	n := 0
	for _, v := range row {
		switch v := v.(type) {
		case []byte:
			n += len(v)
		case string:
			n += len(v)
		default:
			n += 8
		}
	}
	return n
}

// digest tells rows apart: each value's kind and length go in before it.
func digest(row []any) [sha256.Size]byte {
	var b []byte
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, 'n')
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v)) //nolint:gosec // its bits
		case []byte:
			b = append(binary.BigEndian.AppendUint64(append(b, 'b'), uint64(len(v))), v...)
		case string:
			b = append(binary.BigEndian.AppendUint64(append(b, 't'), uint64(len(v))), v...)
		}
	}
	return sha256.Sum256(b)
}
