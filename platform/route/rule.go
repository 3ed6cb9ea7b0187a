package route

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// Errors of changes.
var (
	ErrNoModule  = fault.New(fault.NotFound, "module_not_found", "There is no such module.")
	ErrNotHosted = fault.New(fault.Conflict, "module_not_hosted", "This process does not host the module: all of its requests go elsewhere, and there is nothing to share.")
	ErrNoAddress = fault.New(fault.Conflict, "address_missing", "A share needs an address to go to.")
	ErrChanged   = fault.New(fault.Conflict, "route_changed", "Somebody else changed it at this moment; look, and try again.")
	ErrAddress   = fault.New(fault.Invalid, "address_invalid", "An address is http://HOST:PORT or https://HOST:PORT, without a path; there may be 16.").
			WithFields(fault.Field{Location: "body.to", Message: "holds what is no address"})
	ErrPercent = fault.New(fault.Invalid, "percent_invalid", "A share is between 0 and 100 percent.")
)

// Rule says where the requests of one module go.
type Rule struct {
	Module    string
	Revision  int64    // counts the changes; 0: there was none
	Share     int      // percent of its requests and calls that go away
	Shadow    int      // percent of those that are safe whose answer the other side is asked for, too
	To        []string // the addresses of the other process: http://HOST:PORT
	Tripped   string   // why a guard set the share to 0; empty if an operator did
	ChangedAt time.Time
}

// Change is what an operator wants otherwise; nil leaves it as it is.
type Change struct {
	Share, Shadow *int
	To            *[]string
}

const maxAddresses = 16

// apply makes the changed rule. peers are where requests go if the rule names no address.
func (c Change) apply(r Rule, peers []string) (Rule, error) {
	if c.To != nil {
		r.To = slices.Clone(*c.To)
	}
	if c.Share != nil {
		r.Share, r.Tripped = *c.Share, "" // an operator has looked at it
	}
	if c.Shadow != nil {
		r.Shadow = *c.Shadow
	}
	if r.Share < 0 || r.Share > 100 || r.Shadow < 0 || r.Shadow > 100 {
		return r, ErrPercent
	}
	if _, err := parse(r.To); err != nil {
		return r, err
	}
	if r.Share+r.Shadow > 0 && len(r.To)+len(peers) == 0 {
		return r, ErrNoAddress
	}
	return r, nil
}

// parse reads addresses. It returns ErrAddress.
func parse(addresses []string) ([]*url.URL, error) {
	if len(addresses) > maxAddresses {
		return nil, ErrAddress
	}
	var all []*url.URL
	for _, text := range addresses {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || len(text) > 100 || strings.ContainsAny(text, ", ") ||
			u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
			return nil, ErrAddress
		}
		all = append(all, &url.URL{Scheme: u.Scheme, Host: u.Host})
	}
	return all, nil
}

const maxTarget = 400 // characters; the audit's column

// told is a change as the audit keeps it.
func told(from, to Rule) string {
	text := fmt.Sprintf("%s: share %d -> %d, shadow %d -> %d", to.Module, from.Share, to.Share, from.Shadow, to.Shadow)
	if !slices.Equal(from.To, to.To) {
		text += ", to " + strings.Join(to.To, ",")
	}
	return cut(text, maxTarget)
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
