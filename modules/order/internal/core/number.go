package core

// crockford is the alphabet of Crockford's base 32 (crockford.com/base32.html): no I, L, O and U, so
// that a number survives being read out and written down.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Number turns 40 random bits into an order's number of 8 characters. It is never a counter: a number
// tells nobody how many orders there are, and instances need not agree on the next one.
func Number(random [5]byte) string {
	var bits uint64
	for _, b := range random {
		bits = bits<<8 | uint64(b)
	}
	var text [8]byte
	for i := range text {
		text[i] = crockford[bits>>(35-5*i)&31]
	}
	return string(text[:])
}
