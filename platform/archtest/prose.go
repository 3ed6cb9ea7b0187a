package archtest

import (
	"go/ast"
	"slices"
	"strings"
)

// prosaic tells calls whose texts are read by people: those of errors, logs and tests, where "delete from
// stock" is no statement. One that is taken out of an error again, to be run, meets the grants.
func (f *File) prosaic(call *ast.CallExpr) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return f.selects(call.Fun, "fmt", "Errorf") || f.selects(call.Fun, "errors", "New")
	}
	if pkg, ok := f.imports(method.X); ok {
		switch {
		case pkg == "fmt":
			return method.Sel.Name == "Errorf"
		case pkg == "errors", strings.HasSuffix(pkg, "/platform/fault"):
			return method.Sel.Name == "New"
		}
		return pkg == "log/slog" || strings.HasPrefix(pkg, "github.com/stretchr/testify/")
	}
	return logs(method.Sel.Name) || method.Sel.Name == "WithMessage" || f.tells(method, call)
}

// logs tells the methods of a *slog.Logger.
func logs(name string) bool {
	return slices.Contains([]string{"Debug", "Info", "Warn", "Error", "DebugContext", "InfoContext", "WarnContext", "ErrorContext", "LogAttrs"}, name)
}

// tells says whether a test names itself or what went wrong: t.Fatalf("..."), t.Run("...", func...).
func (f *File) tells(method *ast.SelectorExpr, call *ast.CallExpr) bool {
	if !slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == "testing" }) {
		return false
	}
	switch method.Sel.Name {
	case "Errorf", "Fatal", "Fatalf", "Log", "Logf", "Skip", "Skipf":
		return true
	case "Run":
		if len(call.Args) == 2 {
			_, subtest := call.Args[1].(*ast.FuncLit)
			return subtest
		}
	}
	return false
}
