package archtest

import "go/ast"

// site is a call and the body that it stands in.
type site struct {
	call *ast.CallExpr
	in   body
}

// resolve reads the operation of one call of web.Register. Where it depends on what the function around
// is given, it is read for each call of that function, and so on upwards.
func (r *routing) resolve(at site, m *Module) {
	if len(at.call.Args) < 2 {
		return
	}
	read := func(in body) operation { return r.tree.operationAt(at.call.Args[1], in, 0) }
	if o := read(at.in); o.known {
		r.registered = append(r.registered, registration{o, at.in.file, r.tree.line(at.call.Pos()), m})
		return
	}
	found, lost := r.upwards(at.in, func(in body) body { return in }, read, 0)
	if len(found) == 0 {
		lost = []site{at}
	}
	r.registered = append(r.registered, found...)
	for _, s := range lost {
		r.refuse(s.in.file, s.call, "registers an operation whose method or path can't be read")
	}
}

// highest bounds the way upwards from a registration through functions that pass it on.
const highest = 4

// upwards tries each call of the function whose body is given. Enter makes of that body, filled by a call,
// the one in which read is to be asked.
func (r *routing) upwards(of body, enter func(body) body, read func(body) operation, height int) (found []registration, lost []site) {
	decl, ok := of.decl.(*ast.FuncDecl)
	if !ok || height == highest {
		return nil, nil
	}
	for _, caller := range r.callers(decl) {
		fill := func(in body) body { return enter(r.tree.within(decl, of.file, caller.call, in, 0)) }
		if o := read(fill(caller.in)); o.known {
			found = append(found, registration{o, caller.in.file, r.tree.line(caller.call.Pos()), r.owner(caller.in.file)})
			continue
		}
		above, missed := r.upwards(caller.in, fill, read, height+1)
		if len(above) == 0 {
			missed = []site{caller}
		}
		found, lost = append(found, above...), append(lost, missed...)
	}
	return found, lost
}

// callers finds the calls of a function; a method is known by its name in its package.
func (r *routing) callers(decl *ast.FuncDecl) []site {
	var sites []site
	for _, f := range r.files {
		for _, around := range f.Syntax.Decls {
			ast.Inspect(around, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				called, _ := r.tree.calledFunction(call.Fun, f)
				s, selected := generic(call.Fun).(*ast.SelectorExpr)
				method := decl.Recv != nil && selected && s.Sel.Name == decl.Name.Name && f.Package.fileOf(decl) != nil
				if called == decl || method {
					sites = append(sites, site{call, bodyOf(around, f)})
				}
				return true
			})
		}
	}
	return sites
}
