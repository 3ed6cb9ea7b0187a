// Package id makes and reads the identifiers of the shop: UUIDs of version 7 (RFC 9562), whose
// leading bits are time, so that rows made together lie together in every index.
//
// Each entity has a type of its own that embeds UUID, so that an order's ID can't be passed where a
// payment's is wanted:
//
//	type ID struct{ id.UUID }
//
// It imports the standard library only, because contracts import it.
package id

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// UUID is 16 bytes in a database (BINARY(16)) and the usual 36 characters in JSON.
type UUID [16]byte

// ErrMalformed is returned for text that is no UUID.
var ErrMalformed = errors.New("not a UUID")

// New makes a UUIDv7 of the present moment: 48 bits of Unix milliseconds, 12 bits of the fraction
// of that millisecond (RFC 9562, section 6.2, method 3), 62 random bits.
func New() UUID {
	return At(time.Now()) //nolint:forbidigo // an ID is unique, not a fact in time: nothing decides on the clock inside it.
}

// At makes a UUIDv7 of the moment t.
func At(t time.Time) UUID {
	var u UUID
	_, _ = rand.Read(u[8:]) // never fails: crypto/rand crashes the program instead
	ns := t.UnixNano()
	ms, fraction := ns/1e6, (ns%1e6)*4096/1e6
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // the lowest eight bits are meant
	}
	u[6] = 0x70 | byte(fraction>>8)
	u[7] = byte(fraction) //nolint:gosec // its lower byte is meant
	u[8] = 0x80 | u[8]&0x3f
	return u
}

// Floor is the smallest UUIDv7 of the millisecond of t: the lower end of a primary-key range by time.
func Floor(t time.Time) UUID {
	var u UUID
	ms := t.UnixMilli()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // the lowest eight bits are meant
	}
	u[6], u[8] = 0x70, 0x80
	return u
}

// Time is the moment that a UUID was made at, and whether it says so: those of version 7 do, to a quarter of a
// microsecond.
func (u UUID) Time() (time.Time, bool) {
	if u[6]>>4 != 7 {
		return time.Time{}, false
	}
	var ms int64
	for _, b := range u[:6] {
		ms = ms<<8 | int64(b)
	}
	fraction := int64(u[6]&0x0f)<<8 | int64(u[7])
	return time.UnixMilli(ms).Add(time.Duration(fraction * 1e6 / 4096)).UTC(), true
}

// Parse reads the 36-character form. It returns ErrMalformed.
func Parse(s string) (UUID, error) {
	var u UUID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, fmt.Errorf("%w: %d characters", ErrMalformed, len(s))
	}
	bare := s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:36]
	if _, err := hex.Decode(u[:], []byte(bare)); err != nil {
		return UUID{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return u, nil
}

// String is the 36-character form.
func (u UUID) String() string {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	hex.Encode(b[9:13], u[4:6])
	hex.Encode(b[14:18], u[6:8])
	hex.Encode(b[19:23], u[8:10])
	hex.Encode(b[24:36], u[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// IsZero says whether u was never set.
func (u UUID) IsZero() bool { return u == UUID{} }

// MarshalText writes the 36-character form.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads the 36-character form. It returns ErrMalformed.
func (u *UUID) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*u = parsed
	return nil
}

// Value stores the 16 bytes; the zero UUID is NULL.
func (u UUID) Value() (driver.Value, error) {
	if u.IsZero() {
		return nil, nil //nolint:nilnil // NULL is a driver value
	}
	return u[:], nil
}

// Scan reads 16 bytes, or NULL as the zero UUID.
func (u *UUID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*u = UUID{}
		return nil
	case []byte:
		if len(v) != 16 {
			return fmt.Errorf("%w: %d bytes", ErrMalformed, len(v))
		}
		copy(u[:], v)
		return nil
	default:
		return fmt.Errorf("%w: a %T", ErrMalformed, src)
	}
}
