package archtest

import (
	"fmt"
	"go/ast"
	"slices"
)

// service judges what may be called: methods that one request and one answer make.
func (w *publishing) service(service *ast.InterfaceType, f *File) {
	for _, field := range service.Methods.List {
		if len(field.Names) == 0 {
			w.embedded(field.Type, f)
			continue
		}
		signature, ok := field.Type.(*ast.FuncType)
		if !ok || !w.shaped(signature, f) || !field.Names[0].IsExported() {
			w.r.add(Violation{
				File: f.Name, Line: w.tree.line(field.Pos()),
				What:    fmt.Sprintf("offers %s, which is not of the form func(ctx context.Context, Request) (Response, error)", field.Names[0].Name),
				Why:     "a method of a contract becomes a call over a wire at extraction: it has one request, one answer, a deadline and an error",
				Instead: "put the parameters into a request struct of the contract and the results into a response struct",
			})
			continue
		}
		for _, e := range slices.Concat(types(signature.Params)[1:], types(signature.Results)) {
			if !w.tree.isError(e, f) {
				w.judge(e, f, false)
			}
		}
	}
}

func (w *publishing) embedded(e ast.Expr, f *File) {
	for _, n := range w.tree.lookup(e, f) {
		if w.own(n) && w.tree.interfaced(e, f) {
			w.enter(n.spec, n.file)
			return
		}
	}
	w.refuse(e, f, "is embedded in an interface, and is no interface of this contract")
}

// shaped tells (ctx, request) (response, error) and (ctx, request) error.
func (w *publishing) shaped(signature *ast.FuncType, f *File) bool {
	params, results := types(signature.Params), types(signature.Results)
	if len(params) != 2 || len(results) == 0 || len(results) > 2 {
		return false
	}
	if _, variadic := params[1].(*ast.Ellipsis); variadic {
		return false
	}
	return w.tree.is(params[0], f, "context", "Context") && w.tree.isError(results[len(results)-1], f)
}

// isError tells the language's type error, and no declared one of that name.
func (t *Tree) isError(e ast.Expr, f *File) bool {
	found := t.lookup(e, f)
	return len(found) == 1 && found[0].spec == nil && found[0].path == "" && found[0].name == "error"
}
