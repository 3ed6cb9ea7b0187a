package archtest

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// constructor is one argument of fx.Provide.
type constructor struct {
	signature

	at        ast.Expr
	groups    []bool       // of results, whether it goes to a value group
	collected map[int]bool // parameters that take a value group
	as        [][]ast.Expr // interfaces that results are given out as
}

func (p *provision) provide(call *ast.CallExpr, in body, inModule bool) {
	private := slices.ContainsFunc(call.Args, func(e ast.Expr) bool { return in.file.selects(e, fx, "Private") })
	if private && !inModule {
		p.refuse(in.file, p.line(call), "provides something as private outside of fx.Module",
			"fx.Private ends with the module that it is written in; outside of one that is the whole program",
			"write it inside fx.Module(...)")
	}
	if call.Ellipsis.IsValid() {
		p.unread(in.file, call, "provides a list that is put together elsewhere")
		return
	}
	for _, arg := range call.Args {
		if in.file.selects(arg, fx, "Private") {
			continue
		}
		c, ok := p.constructor(arg, in)
		if !ok || c.TypeParams != nil {
			p.unread(in.file, arg, "provides something that can't be read")
			continue
		}
		for i, e := range types(c.Params) {
			if !c.collected[i] {
				p.taken(e, c.file, in.file, arg)
			}
		}
		if !private {
			p.given(c, in.file)
		}
	}
}

func (p *provision) constructor(arg ast.Expr, in body) (constructor, bool) {
	if value, where, ok := p.tree.valueOf(arg, in.scope); ok {
		if where.locals == nil {
			in = body{scope: where}
		}
		arg = value
	}
	call, ok := arg.(*ast.CallExpr)
	if !ok || !in.file.selects(call.Fun, fx, "Annotate") || len(call.Args) == 0 {
		s, ok := p.tree.signatureOf(arg, in)
		return constructor{signature: s, at: arg, collected: map[int]bool{}}, ok
	}
	c, ok := p.constructor(call.Args[0], in)
	for _, annotation := range call.Args[1:] {
		a, isCall := annotation.(*ast.CallExpr)
		switch {
		case isCall && in.file.selects(a.Fun, fx, "ResultTags"):
			for _, e := range a.Args {
				c.groups = append(c.groups, p.tag(p.tree.evaluate(e, in.scope).string, in.file, e))
			}
		case isCall && in.file.selects(a.Fun, fx, "ParamTags"):
			for i, e := range a.Args {
				text := p.tree.evaluate(e, in.scope).string
				ok = ok && !strings.Contains(text, sqltext.Hole)
				group := p.tag(text, in.file, e)
				p.collects(group, in.file, e)
				c.collected[i] = c.collected[i] || group
			}
		case isCall && in.file.selects(a.Fun, fx, "As"):
			c.as = append(c.as, a.Args)
		default:
			ok = false
		}
	}
	return c, ok
}

// given judges what goes to the whole program.
func (p *provision) given(c constructor, f *File) {
	results := types(c.Results)
	if last := len(results) - 1; last >= 0 && p.tree.isError(results[last], c.file) {
		results = results[:last]
	}
	for i, result := range results {
		grouped := i < len(c.groups) && c.groups[i]
		outs, where := []ast.Expr{result}, c.file
		for _, as := range c.as {
			if i < len(as) {
				if where == c.file && outs[0] == result {
					outs = nil
				}
				outs, where = append(outs, made(as[i])), f
			}
		}
		for _, out := range outs {
			p.out(out, where, grouped, c, f)
		}
	}
}

// made is T of new(T).
func made(e ast.Expr) ast.Expr {
	if call, ok := e.(*ast.CallExpr); ok && typeName(call.Fun) == "new" && len(call.Args) == 1 {
		return call.Args[0]
	}
	return e
}

func (p *provision) out(e ast.Expr, where *File, grouped bool, c constructor, f *File) {
	at := c.at
	if grouped {
		p.tree.spoken(e, where, func(n named) {
			dir, local := p.tree.Local(n.path)
			if local && (dir == "platform/sqldb" || placeOf(dir).area == "modules" && dir != p.m.Dir()) {
				p.refuse(f, p.line(at), fmt.Sprintf("gives %s to a value group", n),
					"whoever collects the group has the module's insides or its schema in hand",
					"give what the platform defines: routes, a subscription, a runner, a function")
			}
		})
		return
	}
	for _, n := range p.tree.lookup(e, where) {
		if n.spec != nil && n.file.Package == p.m.Contract && p.tree.interfaced(e, where) {
			p.nearEnd(e, where, c, f)
			return
		}
	}
	p.refuse(f, p.line(at), fmt.Sprintf("provides %s to the whole program", written(e)),
		"whatever a module provides, every other can ask for: past its contract, its manifest and its extraction",
		"add fx.Private, give it to a value group by fx.ResultTags, or return an interface of the contract "+p.m.Dir())
}

// spoken visits the names that a type is written with.
func (t *Tree) spoken(e ast.Expr, f *File, visit func(n named)) {
	ast.Inspect(e, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			t.spoken(node.Type, f, visit)
			return false
		case *ast.SelectorExpr:
			for _, n := range t.lookup(node, f) {
				visit(n)
			}
			return false
		case *ast.Ident:
			for _, n := range t.lookup(node, f) {
				visit(n)
			}
		}
		return true
	})
}

// grouped tells a field that takes a value group, which is refused as that.
func grouped(field *ast.Field) bool {
	return field.Tag != nil && strings.Contains(field.Tag.Value, "group:")
}

// taken judges a parameter of a constructor, or the fields of a struct of parameters.
func (p *provision) taken(e ast.Expr, where, f *File, at ast.Expr) {
	if inner, in := p.tree.underlying(pointed(e), where); inner != nil {
		if s, ok := inner.(*ast.StructType); ok && p.fetches(s, in) {
			for _, field := range s.Fields.List {
				if !p.tree.is(field.Type, in, fx, "In") && !grouped(field) {
					p.taken(field.Type, in, f, at)
				}
			}
			return
		}
	}
	strange := false
	p.tree.spoken(e, where, func(n named) {
		if why := p.foreign(n, e, where); why != "" {
			strange = true
			p.refuse(f, p.line(at), fmt.Sprintf("takes %s, %s", n, why),
				"what a module takes it must get in another process, too: from the platform there, or over a wire",
				"take the module's own parts, an interface of a contract that the manifest calls, or what the platform offers to each module")
		}
	})
	if !strange {
		p.supplied(e, where, f, at)
	}
}

// foreign says why a module's wiring may not take a type, "" where it may.
func (p *provision) foreign(n named, e ast.Expr, where *File) string {
	dir, local := p.tree.Local(n.path)
	to := placeOf(dir)
	switch {
	case n.path == "" || n.path == fx || !local && standard(n.path):
		return ""
	case !local:
		return "a type of a library that the platform hides"
	case to.area == "platform" || to.area == "modules" && to.name == p.m.Name:
		return ""
	case to.area == "modules" && to.contract() && p.tree.interfaced(e, where):
		return "" // whether it may call is told by the manifest
	}
	return "which belongs to " + dir + " and is nothing to call"
}
