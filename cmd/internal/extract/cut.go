package extract

import (
	"fmt"
	"go/ast"
	"strings"
)

// leftBehind are the names that files of the program declare which stay.
func (r *repository) leftBehind() (map[string]bool, error) {
	names := map[string]bool{}
	for _, file := range r.left {
		text, err := r.read(file)
		if err != nil {
			return nil, err
		}
		f, err := parse(text, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			declared(d, names)
		}
	}
	return names, nil
}

func declared(d ast.Decl, names map[string]bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names[spec.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					names[n.Name] = true
				}
			}
		}
	}
}

// without drops the commands that stay from the arguments of a call: AddCommand(newServe(p), newImport(p)). It
// returns ErrTangled for a file that needs something else of what stays.
func without(text []byte, gone map[string]bool) ([]byte, error) {
	f, err := parse(text, 0)
	if err != nil {
		return nil, err
	}
	var edits []edit
	ast.Inspect(f.File, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		var kept []string
		for _, a := range call.Args {
			if !makes(a, gone) {
				kept = append(kept, f.source(a))
			}
		}
		if len(kept) < len(call.Args) {
			edits = append(edits, edit{f.offset(call.Args[0].Pos()), f.offset(call.Args[len(call.Args)-1].End()), strings.Join(kept, ", ")})
		}
		return len(kept) == len(call.Args)
	})
	if len(edits) > 0 {
		if text, err = importsUsed(apply(text, edits)); err != nil {
			return nil, err
		}
	}
	return text, needsNone(text, gone)
}

// makes says whether an argument is the call of a function that is gone.
func makes(argument ast.Expr, gone map[string]bool) bool {
	call, ok := argument.(*ast.CallExpr)
	if !ok {
		return false
	}
	of, ok := call.Fun.(*ast.Ident)
	return ok && gone[of.Name]
}

// needsNone looks for names that are gone where a file uses one: not as a field, method or parameter of its own.
func needsNone(text []byte, gone map[string]bool) error {
	f, err := parse(text, 0)
	if err != nil {
		return err
	}
	own := map[*ast.Ident]bool{}
	local := map[string]bool{}
	ast.Inspect(f.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			own[n.Sel] = true
		case *ast.Field:
			for _, name := range n.Names {
				own[name], local[name.Name] = true, true
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				own[key] = true
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if name, ok := e.(*ast.Ident); ok {
					own[name], local[name.Name] = true, true
				}
			}
		case *ast.FuncDecl:
			own[n.Name] = own[n.Name] || n.Recv != nil
		case *ast.Ident:
			if gone[n.Name] && !own[n] && !local[n.Name] && err == nil {
				err = fmt.Errorf("line %d needs %s, which is in a file that stays: %w; declare it in a file of its own",
					f.files.PositionFor(n.Pos(), false).Line, n.Name, ErrTangled)
			}
		}
		return true
	})
	return err
}
