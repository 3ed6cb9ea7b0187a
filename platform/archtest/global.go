package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// Globals holds when the code that runs keeps no state in packages. A package's variables are sentinel
// errors, compiled patterns, embedded files, proofs that a type has its methods, and a sync.Once; nothing
// is assigned to a variable of a package, its own or another's, and nothing runs by being imported.
//
// A variable of another package may be set under a sync.Once that is a package's own: some libraries are
// configured in no other way, and then it is done before any use and once for all.
//
// It goes by names: a local variable that bears the name of a package's is judged like that one. State
// that a library keeps for the process behind a function is told for the best known ones only.
func Globals(t *Tree) []Violation {
	r := &review{rule: "packages keep no state", subject: "file of a program"}
	vars := map[*Package]map[string]bool{}
	for _, f := range t.filesIn("cmd", "migrations", "modules", "platform") {
		if !t.runs(f) {
			continue
		}
		r.look()
		if vars[f.Package] == nil {
			vars[f.Package] = f.Package.variables()
		}
		t.each(f, processWide(), func(line int, what string) {
			r.add(Violation{
				File: f.Name, Line: line,
				What:    "uses what a library keeps for the whole process: " + what,
				Why:     "two parts of the process, and two tests, get in each other's way there, and one finds what the other has left",
				Instead: "make one of your own (a ServeMux, a Registry, a Logger) and pass it as an argument",
			})
		})
		for _, decl := range f.Syntax.Decls {
			switch decl := decl.(type) {
			case *ast.GenDecl:
				t.judgeVariables(r, f, decl)
			case *ast.FuncDecl:
				t.judgeInit(r, f, decl)
				t.judgeAssignments(r, f, decl, vars[f.Package])
			}
		}
	}
	return r.done()
}

// processWide are registries and settings that libraries keep once for the process.
func processWide() []name {
	const prometheus = "github.com/prometheus/client_golang/prometheus"
	return []name{
		{"database/sql", "Register"},
		{"encoding/gob", "Register"},
		{"encoding/gob", "RegisterName"},
		{"expvar", "Publish"},
		{"log", "SetFlags"},
		{"log", "SetOutput"},
		{"log/slog", "SetDefault"},
		{"net/http", "DefaultServeMux"},
		{"net/http", "Handle"},
		{"net/http", "HandleFunc"},
		{"os", "Chdir"},
		{"os", "Setenv"},
		{"os", "Unsetenv"},
		{prometheus, "DefaultGatherer"},
		{prometheus, "DefaultRegisterer"},
		{prometheus, "MustRegister"},
		{prometheus, "Register"},
	}
}

func (t *Tree) judgeVariables(r *review, f *File, decl *ast.GenDecl) {
	if decl.Tok != token.VAR {
		return
	}
	for _, spec := range decl.Specs {
		spec := spec.(*ast.ValueSpec)
		if embeds(decl.Doc) || embeds(spec.Doc) || f.selects(spec.Type, "sync", "Once") && len(spec.Values) == 0 {
			continue
		}
		for i, name := range spec.Names {
			var value ast.Expr
			if len(spec.Values) == len(spec.Names) {
				value = spec.Values[i]
			}
			if name.Name == "_" && !runsCode(spec.Values...) || value != nil && t.fixed(f, value) {
				continue
			}
			r.add(Violation{
				File: f.Name, Line: t.line(name.Pos()),
				What:    fmt.Sprintf("keeps the variable %s in the package", name.Name),
				Why:     "every shop and test of the process shares it, nobody sees who changes it, and it stays behind when a module moves out",
				Instead: "write a constant or a function that returns the value, or a field of what New makes",
			})
		}
	}
}

// fixed tells a value that nobody changes: an error, or a compiled pattern.
func (t *Tree) fixed(f *File, value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok {
		return false
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); ok && t.fixed(f, method.X) {
		return true // fault.New(...).WithFields(...) is an error too
	}
	for _, maker := range []name{{"errors", "New"}, {"fmt", "Errorf"}, {t.Path + "/platform/fault", "New"}, {"regexp", "MustCompile"}} {
		if f.selects(call.Fun, maker.pkg, maker.name) {
			return true
		}
	}
	return false
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return len(c.Text) > 11 && c.Text[:11] == "//go:embed " })
}

// runsCode tells values that run code at the start of the process. The conversion (*T)(nil) does not.
func runsCode(values ...ast.Expr) bool {
	found := false
	for _, value := range values {
		ast.Inspect(value, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if paren, ok := call.Fun.(*ast.ParenExpr); !ok || !pointer(paren.X) {
					found = true
				}
			}
			return !found
		})
	}
	return found
}

func pointer(e ast.Expr) bool {
	_, ok := e.(*ast.StarExpr)
	return ok
}

func (t *Tree) judgeInit(r *review, f *File, decl *ast.FuncDecl) {
	if decl.Recv != nil || decl.Name.Name != "init" {
		return
	}
	r.add(Violation{
		File: f.Name, Line: t.line(decl.Pos()),
		What:    "has a func init",
		Why:     "it runs because something imports the package, in an order that nobody wrote down, and can return no error",
		Instead: "do it in New or Start, and let cmd call that",
	})
}
