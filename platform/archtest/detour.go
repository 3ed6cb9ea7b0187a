package archtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Detours holds when no module calls another over HTTP, past its contract: a text in its code, tests
// apart, that is another module's route, bare or behind a method or an address, is taken for such a call.
// A path that is put together from pieces that are no path each can't be told. An address of the internet
// that is written out with the path is a provider's. The platform, which is below all modules, writes
// no route of any.
func Detours(t *Tree) []Violation {
	r := &review{rule: "modules are not called over HTTP", subject: "route of a manifest"}
	for _, m := range t.Modules {
		for range m.Manifest.Routes {
			r.look()
		}
	}
	for _, f := range t.filesIn("modules", "platform") {
		caller := t.owner(f.Package.Dir)
		if f.Test || caller == nil && (placeOf(f.Package.Dir).area != "platform" || !t.runs(f)) {
			continue
		}
		served := t.servedBy(f)
		for _, x := range f.texts {
			if x.prose || served[x.string] {
				continue
			}
			if callee, route := t.routed(x.string, caller); callee != nil && callee != caller {
				r.add(detour(callee, route, caller == nil, f.Name, t.textPosition(x, 0).Line))
			}
		}
	}
	return r.done()
}

// servedBy are the paths that a file of the platform serves itself. Routes says whose they are.
func (t *Tree) servedBy(f *File) map[string]bool {
	paths := map[string]bool{}
	if t.pathOf(f.Package) == t.platform("web") {
		own := &routing{tree: t, review: &review{}}
		own.served(f)
		for _, reg := range own.registered {
			paths[reg.path] = true
		}
	}
	return paths
}

func detour(callee *Module, route string, platform bool, file string, line int) Violation {
	v := Violation{
		File: file, Line: line,
		What: fmt.Sprintf("writes the route %s of module %s", route, callee.Name),
		Why:  "a call over HTTP stands in no manifest and no drawing, knows no types, and finds the other module only where its address is",
		Instead: fmt.Sprintf("call the contract modules/%s, or hear its events; links that clients follow are for clients to make; "+
			"if it is a provider's path of the same spelling, keep the version in the base address and add the rest", callee.Name),
	}
	if platform {
		v.Why = "every module stands on the platform and takes it along when it moves out; what the platform knows of one module, all would take along"
		v.Instead = "let the module pass the route or what hangs on it, or move this code to the module or to cmd"
	}
	return v
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
		if slash < 0 || ofInternet(address[:slash]) {
			return ""
		}
		text = address[slash:]
	}
	text = strings.TrimLeft(text, sqltext.Hole)
	for strings.Contains(text, "//") {
		text = strings.ReplaceAll(text, "//", "/")
	}
	if !strings.Contains(text, "/") {
		return ""
	}
	return "/" + strings.TrimPrefix(text, "/") // url.JoinPath adds it
}

// ofInternet tells a host whose name is registered for all the world. Addresses by number, names of one word
// and names that networks give themselves may be those of another module's process.
func ofInternet(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || strings.Contains(name, sqltext.Hole) || strings.Trim(last, "0123456789") == "" {
		return false
	}
	return !slices.Contains([]string{"local", "localhost", "internal", "lan", "svc", "home", "corp", "test", "arpa", "consul"}, last)
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
