package archtest

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// composed is the text that a call of fmt, strings, bytes or net/url puts together, and whether it is such a call.
func (t *Tree) composed(call *ast.CallExpr, in scope, depth int) (text, bool) {
	args := call.Args
	function := func(names ...string) bool {
		for _, name := range names {
			pkg, name, _ := strings.Cut(name, ".")
			if in.file.selects(call.Fun, pkg, name) {
				return true
			}
		}
		return false
	}
	either := func(name string) bool { return function("strings."+name, "bytes."+name) }
	switch n := len(args); {
	case function("fmt.Sprintf") && n > 0:
		return t.format(args, in, depth), true
	case function("fmt.Fprintf", "fmt.Appendf") && n > 1:
		return t.format(args[1:], in, depth), true
	case function("net/url.JoinPath") && n > 1:
		return t.joined(args, "/", in, depth), true
	case joinsPath(call, in.file):
		x := t.joined(args, "/", in, depth)
		return text{string: sqltext.Hole + "/", pieces: []piece{{pos: call.Pos()}}}.add(x), true
	case function("fmt.Sprint") && n > 0:
		return t.joined(args, "", in, depth), true
	case function("fmt.Sprintln") && n > 0:
		return t.joined(args, " ", in, depth), true
	case function("fmt.Fprint", "fmt.Append") && n > 1:
		return t.joined(args[1:], "", in, depth), true
	case function("fmt.Fprintln", "fmt.Appendln") && n > 1:
		return t.joined(args[1:], " ", in, depth), true
	case either("Join") && n == 2:
		if list, where, ok := t.listOf(args[0], in, depth); ok {
			return t.joined(list, t.compose(args[1], in, depth).string, where, depth), true
		}
	case either("Repeat") && n == 2:
		return t.compose(args[0], in, depth), true
	case either("ReplaceAll") && n == 3, either("Replace") && n == 4:
		return t.replaced(args[0], args[1:3], in, depth), true
	}
	if pairs, ok := replacer(call, in); ok {
		return t.replaced(args[0], pairs, in, depth), true
	}
	return text{}, false
}

// joinsPath tells the method JoinPath of a URL.
func joinsPath(call *ast.CallExpr, f *File) bool {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || method.Sel.Name != "JoinPath" || len(call.Args) == 0 {
		return false
	}
	_, function := f.imports(method.X)
	return !function
}

func (t *Tree) joined(list []ast.Expr, between string, in scope, depth int) text {
	var out text
	for i, e := range list {
		if i > 0 {
			out.string += between
		}
		out = out.add(t.compose(e, in, depth))
	}
	return out
}

// listOf is the elements of a slice that is written out, here or as the one value of a name.
func (t *Tree) listOf(e ast.Expr, in scope, depth int) ([]ast.Expr, scope, bool) {
	if value, where, ok := t.valueOf(e, in); ok && depth < deepest {
		return t.listOf(value, where, depth+1)
	}
	literal, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil, in, false
	}
	for _, element := range literal.Elts {
		if _, keyed := element.(*ast.KeyValueExpr); keyed {
			return nil, in, false
		}
	}
	return literal.Elts, in, true
}

// replaced is the text with one of each pair replaced by the other. All of it is unknown when what is
// looked for is.
func (t *Tree) replaced(e ast.Expr, pairs []ast.Expr, in scope, depth int) text {
	x := t.compose(e, in, depth)
	words := make([]string, 0, len(pairs))
	for i, pair := range pairs {
		word := t.compose(pair, in, depth).string
		if i%2 == 0 && strings.Contains(word, sqltext.Hole) {
			return text{string: sqltext.Hole, pieces: x.pieces}
		}
		words = append(words, word)
	}
	// Pieces keep their offsets, as those of format do.
	x.string = strings.NewReplacer(words...).Replace(x.string)
	return x
}

// replacer reads strings.NewReplacer(pairs...).Replace(text).
func replacer(call *ast.CallExpr, in scope) ([]ast.Expr, bool) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || method.Sel.Name != "Replace" || len(call.Args) != 1 {
		return nil, false
	}
	made, ok := method.X.(*ast.CallExpr)
	if !ok || !in.file.selects(made.Fun, "strings", "NewReplacer") || len(made.Args)%2 != 0 {
		return nil, false
	}
	return made.Args, true
}

// converts tells a conversion between texts: string(x) or []byte(x).
func converts(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "string"
	case *ast.ArrayType:
		element, ok := e.Elt.(*ast.Ident)
		return ok && e.Len == nil && (element.Name == "byte" || element.Name == "rune")
	case *ast.ParenExpr:
		return converts(e.X)
	}
	return false
}

// characters reads []byte{'a', 'b'} and []rune{'a', 'b'}, and those written in numbers.
func characters(literal *ast.CompositeLit) (string, bool) {
	if literal.Type == nil || !converts(literal.Type) || len(literal.Elts) == 0 {
		return "", false
	}
	var b strings.Builder
	for _, element := range literal.Elts {
		lit, ok := element.(*ast.BasicLit)
		if !ok {
			return "", false
		}
		value, ok := character(lit)
		if !ok {
			return "", false
		}
		b.WriteRune(value)
	}
	return b.String(), true
}

func character(lit *ast.BasicLit) (rune, bool) {
	if lit.Kind == token.CHAR {
		value, _, _, err := strconv.UnquoteChar(lit.Value[1:], '\'')
		return value, err == nil
	}
	value, err := strconv.ParseInt(lit.Value, 0, 32)
	return rune(value), err == nil && lit.Kind == token.INT
}
