package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// Handlers holds when a module handles the events that its manifest declares, all of them and no others,
// and names no other event by its text. What is handled is read from the functions that bus.On and
// bus.OnSet are given; a handler that is made in another way can't be read and is a violation.
func Handlers(t *Tree) []Violation {
	r := &review{rule: "what is heard is declared", subject: "handler of an event"}
	owners := t.publishers()
	for _, m := range t.own() {
		if m.Contract == nil {
			continue
		}
		h := &hearing{tree: t, r: r, m: m, handled: map[string]bool{}}
		for _, f := range t.programOf(m) {
			h.read(f, owners)
		}
		for _, declared := range m.Manifest.Listens {
			if owners[declared.Text] != nil && !h.handled[declared.Text] {
				r.add(m.violation(declared.Line, fmt.Sprintf("listens to %q, and none of its code handles that", declared.Text),
					"the outbox keeps each event until those who listen have had it; this one waits for nobody",
					"drop the entry, or make its handler by bus.On or bus.OnSet"))
			}
		}
	}
	return r.done()
}

// publishers tells whose an event is, by what manifests publish and what contracts define.
func (t *Tree) publishers() map[string]*Module {
	owners := map[string]*Module{}
	for _, m := range t.Modules {
		for _, e := range m.Manifest.Publishes {
			if owners[e.Text] == nil {
				owners[e.Text] = m
			}
		}
		for _, n := range t.events(m) {
			if name := t.eventName(n); owners[name] == nil {
				owners[name] = m
			}
		}
	}
	delete(owners, "")
	return owners
}

// hearing reads the handlers of one module.
type hearing struct {
	tree    *Tree
	r       *review
	m       *Module
	handled map[string]bool
}

func (h *hearing) read(f *File, owners map[string]*Module) {
	for _, decl := range f.Syntax.Decls {
		called := map[ast.Expr]bool{}
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if fun := generic(n.Fun); h.makes(fun, f) {
					called[fun] = true
					h.handler(n, bodyOf(decl, f))
				}
			case *ast.CompositeLit:
				if n.Type != nil && h.tree.is(n.Type, f, h.tree.platform("bus"), "Subscription") {
					h.subscription(n, bodyOf(decl, f))
				}
			}
			if e, ok := n.(ast.Expr); ok {
				if h.makes(e, f) && !called[e] {
					h.unread(f, e, "takes bus.On or bus.OnSet as a value")
				}
				h.topic(e, f, owners)
				h.borrowed(e, f)
			}
			return true
		})
	}
	h.handmade(f)
	h.texts(f, owners)
}

func (h *hearing) makes(e ast.Expr, f *File) bool {
	bus := h.tree.platform("bus")
	return f.selects(e, bus, "On") || f.selects(e, bus, "OnSet")
}

// generic is the function that an instantiation names.
func generic(e ast.Expr) ast.Expr {
	for {
		switch inner := e.(type) {
		case *ast.ParenExpr:
			e = inner.X
		case *ast.IndexExpr:
			e = inner.X
		case *ast.IndexListExpr:
			e = inner.X
		default:
			return e
		}
	}
}

func (h *hearing) unread(f *File, at ast.Node, what string) {
	h.r.add(Violation{
		File: f.Name, Line: h.tree.line(at.Pos()), What: what,
		Why:     "the events that a module hears are compared with its manifest by reading the source; a handler that can't be read may hear anything",
		Instead: "call bus.On or bus.OnSet with a function or a method that names the event's type, once per event",
	})
}

// handler finds the event of one call of bus.On or bus.OnSet.
func (h *hearing) handler(call *ast.CallExpr, in body) {
	h.r.look()
	names := h.events(call, in)
	if len(names) == 0 {
		h.unread(in.file, call, "makes a handler whose event can't be read")
	}
	for _, name := range names {
		h.handled[name] = true
		if !h.m.Manifest.may("Listens", h.m.Manifest.Listens, name) {
			h.r.add(Violation{
				File: in.file.Name, Line: h.tree.line(call.Pos()),
				What:    fmt.Sprintf("handles %s, and the manifest of %s does not declare that it listens to it", name, h.m.Name),
				Why:     "an undeclared subscription is an edge that no drawing shows, and nothing is kept for it in the outbox",
				Instead: fmt.Sprintf("add %q to Listens in %s", name, h.m.Manifest.file),
			})
		}
	}
}

func declares(entries []Entry, text string) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Text == text })
}

func (h *hearing) events(call *ast.CallExpr, in body) []string {
	e, f := h.eventType(call, in)
	if e == nil {
		return nil
	}
	var names []string
	for _, n := range h.tree.lookup(pointed(e), f) {
		name := ""
		if _, ok := h.tree.eventOf(n); ok {
			name = h.tree.eventName(n)
		}
		if name == "" {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// eventType is the type argument, or the fourth parameter of On's function: ctx, tx, envelope, fact. Of
// OnSet it is the parameter of the key.
func (h *hearing) eventType(call *ast.CallExpr, in body) (ast.Expr, *File) {
	if index, ok := call.Fun.(*ast.IndexExpr); ok {
		return index.Index, in.file
	}
	if len(call.Args) == 0 {
		return nil, nil
	}
	place := 0
	if in.file.selects(generic(call.Fun), h.tree.platform("bus"), "On") {
		place = 3
	}
	s, ok := h.tree.signatureOf(call.Args[0], in)
	if !ok || s.TypeParams != nil || len(types(s.Params)) <= place {
		return nil, nil
	}
	return types(s.Params)[place], s.file
}

// subscription: events are kept for a consumer by its name, and a module hears under its own.
func (h *hearing) subscription(literal *ast.CompositeLit, in body) {
	consumer := fieldOf(literal, "Consumer", 0)
	if consumer == nil || h.named(consumer, in) {
		return
	}
	h.r.add(Violation{
		File: in.file.Name, Line: h.tree.line(consumer.Pos()),
		What:    fmt.Sprintf("subscribes under a name that is not seen to be %q", h.m.Name),
		Why:     "events are kept and counted by consumer; under another's name a module takes what is kept for that",
		Instead: "write " + h.m.Name + ".Manifest().Name",
	})
}

// named tells the module's name: its text, or Manifest().Name of its contract.
func (h *hearing) named(e ast.Expr, in body) bool {
	if x := h.tree.evaluate(e, in.scope); x.string == h.m.Name {
		return true
	}
	return h.tree.ofManifest(e, "Name", h.m, in.file)
}

// ofManifest tells Manifest().Field of a module's contract.
func (t *Tree) ofManifest(e ast.Expr, field string, m *Module, f *File) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != field {
		return false
	}
	call, ok := s.X.(*ast.CallExpr)
	return ok && f.selects(call.Fun, t.pathOf(m.Contract), "Manifest")
}

// handmade refuses handlers and subscriptions that no reader can follow.
func (h *hearing) handmade(f *File) {
	h.tree.constructions(f, func(n named, at ast.Node) {
		if n.path != h.tree.platform("bus") {
			return
		}
		_, literal := at.(*ast.CompositeLit)
		if n.name == "Handler" || n.name == "Subscription" && !literal {
			h.unread(f, at, "makes a bus."+n.name+" by hand")
		}
	})
}

// borrowed refuses handlers that the platform would make in another way than by bus.On and bus.OnSet.
func (h *hearing) borrowed(e ast.Expr, f *File) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || h.makes(e, f) {
		return
	}
	p := h.tree.packageOf(s, f)
	if p == nil || p.first() == nil || placeOf(p.Dir).area != "platform" {
		return
	}
	made, ok := functionIn(p, p.first().Syntax.Name.Name, s.Sel.Name)
	if !ok {
		return
	}
	for _, result := range types(made.Results) {
		h.tree.spoken(result, made.file, func(n named) {
			if n.path == h.tree.platform("bus") && (n.name == "Handler" || n.name == "Subscription") {
				h.unread(f, e, fmt.Sprintf("has a bus.%s made by %s", n.name, written(e)))
			}
		})
	}
}

// texts refuses other modules' events by name, put together or not.
func (h *hearing) texts(f *File, owners map[string]*Module) {
	for _, x := range f.texts {
		h.judgeTopic(f, x.string, x.pieces[0].pos, owners)
	}
}

// topic refuses the same where the text is a constant of another package.
func (h *hearing) topic(e ast.Expr, f *File, owners map[string]*Module) {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || h.tree.packageOf(s, f) == nil {
		return
	}
	if x := h.tree.evaluate(s, scope{file: f}); !strings.Contains(x.string, sqltext.Hole) {
		h.judgeTopic(f, x.string, s.Pos(), owners)
	}
}

func (h *hearing) judgeTopic(f *File, name string, pos token.Pos, owners map[string]*Module) {
	owner := owners[name]
	if owner == nil || owner == h.m || h.m.Manifest.may("Listens", h.m.Manifest.Listens, name) || declares(h.m.Manifest.Publishes, name) {
		return
	}
	h.r.add(Violation{
		File: f.Name, Line: h.tree.line(pos),
		What:    fmt.Sprintf("names the event %q of module %s, which the manifest of %s does not declare that it listens to", name, owner.Name, h.m.Name),
		Why:     "whoever knows a topic by its text hears it past the bus, or will",
		Instead: fmt.Sprintf("handle it by bus.On and add %q to Listens in %s, or don't name it", name, h.m.Manifest.file),
	})
}
