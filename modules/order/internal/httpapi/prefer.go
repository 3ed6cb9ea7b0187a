package httpapi

import (
	"strconv"
	"strings"
	"time"
)

const longestWait = 30 // seconds

// Preference is what a client would like (RFC 7240), of which this module knows wait. It is exported
// because huma reads the fields of exported embedded structs only.
type Preference struct {
	Prefer string `header:"Prefer" doc:"wait=N: answer when the order has settled, or after N seconds (at most 30)." example:"wait=10"`
}

// wait is how long the client would wait; 0 where it says nothing that can be read, because a
// preference that is not understood is passed over.
func (p Preference) wait() time.Duration {
	for one := range strings.SplitSeq(p.Prefer, ",") {
		one, _, _ = strings.Cut(one, ";") // parameters of the preference
		name, value, _ := strings.Cut(one, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
		if err != nil {
			return 0
		}
		return time.Duration(min(seconds, longestWait)) * time.Second
	}
	return 0
}

// applied is the answer's Preference-Applied header; empty where nothing was applied.
func (p Preference) applied() string {
	if limit := p.wait(); limit > 0 {
		return "wait=" + strconv.Itoa(int(limit/time.Second))
	}
	return ""
}
