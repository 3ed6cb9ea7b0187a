package feed

import "crypto/sha256"

// seen remembers on which line a text first occurred: 16 bytes of its SHA-256 and a line
// number, about 40 bytes of memory with the map's own. It is the one thing here that
// grows with the feed, 40 MB for a million products; 16 bytes, since eight would begin
// to reject good rows of large feeds by accident.
type seen map[[16]byte]uint32

func (s seen) at(text string) (line int, ok bool) {
	sum := sha256.Sum256([]byte(text))
	first, ok := s[[16]byte(sum[:16])]
	return int(first), ok
}

func (s seen) remember(text string, line int) {
	sum := sha256.Sum256([]byte(text))
	s[[16]byte(sum[:16])] = uint32(line) //nolint:gosec // G115: past 4 billion lines a report would name a wrong one
}
