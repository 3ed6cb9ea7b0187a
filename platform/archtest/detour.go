package archtest

import (
	"fmt"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Detours holds when no module calls another over HTTP, past its contract: a text in its code, tests
// apart, that is another module's route, bare or behind a method or an address, is taken for such a call.
// A path that is put together from pieces that are no path each can't be told.
func Detours(t *Tree) []Violation {
	r := &review{rule: "modules are not called over HTTP", subject: "route of a manifest"}
	for _, m := range t.Modules {
		for range m.Manifest.Routes {
			r.look()
		}
	}
	for _, f := range t.filesIn("modules") {
		caller := t.owner(f.Package.Dir)
		if f.Test || caller == nil {
			continue
		}
		for _, x := range f.texts {
			callee, route := t.routed(x.string, caller)
			if callee == nil || callee == caller {
				continue
			}
			r.add(Violation{
				File: f.Name, Line: t.textPosition(x, 0).Line,
				What:    fmt.Sprintf("writes the route %s of module %s", route, callee.Name),
				Why:     "a call over HTTP stands in no manifest and no drawing, knows no types, and finds the other module only where its address is",
				Instead: fmt.Sprintf("call the contract modules/%s, or hear its events; links that clients follow are for clients to make", callee.Name),
			})
		}
	}
	return r.done()
}

// routed is the module with the longest route that a text begins with, and the route. Of equal routes it
// is the asking module's own.
func (t *Tree) routed(text string, asks *Module) (owner *Module, longest string) {
	path := pathIn(text)
	if path == "" {
		return nil, ""
	}
	for _, m := range t.Modules {
		for _, route := range m.Manifest.Routes {
			fixed := fixedPath(route.Text)
			better := len(fixed) > len(longest) || len(fixed) == len(longest) && m == asks
			if below(path, fixed) && better {
				owner, longest = m, fixed
			}
		}
	}
	return owner, longest
}

// pathIn is the path of a text that is a URL or a path, with a method before it or without; "" for any
// other text.
func pathIn(text string) string {
	if method, rest, ok := strings.Cut(text, " "); ok && method != "" && method == strings.ToUpper(method) {
		text = rest
	}
	if _, address, ok := strings.Cut(text, "://"); ok {
		slash := strings.IndexByte(address, '/')
		if slash < 0 {
			return ""
		}
		text = address[slash:]
	}
	text = strings.TrimLeft(text, sqltext.Hole)
	if !strings.Contains(text, "/") {
		return ""
	}
	return "/" + strings.TrimPrefix(text, "/") // url.JoinPath adds it
}

// fixedPath is the path of a route such as "GET /v1/products/{id}" up to its first variable.
func fixedPath(route string) string {
	_, path, ok := strings.Cut(route, " ")
	if !ok {
		path = route
	}
	path, _, _ = strings.Cut(path, "{")
	return strings.TrimRight(path, "/")
}

// below tells that a path is the fixed one or goes on from it.
func below(path, fixed string) bool {
	rest, ok := strings.CutPrefix(path, fixed)
	return ok && fixed != "" && (rest == "" || strings.ContainsRune("/?#"+sqltext.Hole, rune(rest[0])))
}
