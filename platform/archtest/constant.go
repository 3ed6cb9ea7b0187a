package archtest

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest/sqltext"
)

// scope is where an expression stands: names mean what its declaration, then its package say.
type scope struct {
	file   *File
	locals map[string][]ast.Expr
}

func (s scope) top() scope { return scope{file: s.file} }

// text is a string as the source composes it, with the places that its pieces come from.
type text struct {
	string
	pieces []piece
	sql    bool // a statement, or a piece of one
	whole  bool // a statement from its first keyword on
	prose  bool // written for people, and no SQL whatever its words
}

type piece struct {
	offset int
	pos    token.Pos
	raw    bool // written in backquotes, so that its lines are lines of the file
}

// pos is the line of the source from which the byte at offset comes.
func (t *Tree) textPosition(x text, offset int) token.Position {
	var from piece
	for _, p := range x.pieces {
		if p.offset <= offset {
			from = p
		}
	}
	position := t.fset.PositionFor(from.pos, false)
	if from.raw {
		position.Line += strings.Count(x.string[from.offset:offset], "\n")
	}
	return position
}

func (x text) add(y text) text {
	for _, p := range y.pieces {
		p.offset += len(x.string)
		x.pieces = append(x.pieces, p)
	}
	x.string += y.string
	return x
}

// evaluate composes the text of an expression from literals, constants of any package of the tree,
// variables that are given one value, concatenations, and calls that put texts together. What it can't know is a sqltext.Hole.
func (t *Tree) evaluate(e ast.Expr, in scope) text {
	return t.compose(e, in, 0)
}

// deepest bounds the way from a name to its value: an invalid constant may refer to itself.
const deepest = 32

func (t *Tree) compose(e ast.Expr, in scope, depth int) text {
	if e == nil || depth > deepest {
		return text{string: sqltext.Hole}
	}
	unknown := text{string: sqltext.Hole, pieces: []piece{{pos: e.Pos()}}}
	switch e := e.(type) {
	case *ast.BasicLit:
		if value, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text{string: value, pieces: []piece{{pos: e.Pos(), raw: e.Value[0] == '`'}}}
		}
	case *ast.ParenExpr:
		return t.compose(e.X, in, depth+1)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return t.compose(e.X, in, depth+1).add(t.compose(e.Y, in, depth+1))
		}
	case *ast.Ident:
		if value, where, ok := t.valueOf(e, in); ok {
			return t.compose(value, where, depth+1)
		}
	case *ast.SelectorExpr:
		if value, where, ok := t.valueOf(e, in); ok {
			return t.compose(value, where, depth+1)
		}
	case *ast.CallExpr:
		if converts(e.Fun) && len(e.Args) == 1 {
			return t.compose(e.Args[0], in, depth+1)
		}
		if x, ok := t.composed(e, in, depth+1); ok {
			return x
		}
	case *ast.CompositeLit:
		if value, ok := characters(e); ok {
			return text{string: value, pieces: unknown.pieces}
		}
	}
	return unknown
}

// valueOf finds the one value of a name: inside the declaration, in the package, or in another package
// of the tree. It finds none when there are several.
func (t *Tree) valueOf(e ast.Expr, in scope) (ast.Expr, scope, bool) {
	var values []ast.Expr
	where := in
	switch e := e.(type) {
	case *ast.Ident:
		if local, ok := in.locals[e.Name]; ok {
			values = local
			break
		}
		where = in.top()
		values = in.file.Package.decls[in.file.Syntax.Name.Name].values[e.Name]
	case *ast.SelectorExpr:
		other := t.packageOf(e, in.file)
		if other == nil || other.first() == nil {
			return nil, in, false
		}
		where = scope{file: other.first()}
		values = other.decls[where.file.Syntax.Name.Name].values[e.Sel.Name]
	}
	if len(values) != 1 || values[0] == nil {
		return nil, in, false
	}
	return values[0], where, true
}

// packageOf is the package of the tree that pkg.Name speaks of, nil when it is none.
func (t *Tree) packageOf(e *ast.SelectorExpr, f *File) *Package {
	id, ok := e.X.(*ast.Ident)
	if !ok {
		return nil
	}
	for _, imported := range f.Imports {
		if dir, local := t.Local(imported.Path); local && imported.Name == id.Name {
			return t.packages[dir]
		}
	}
	return nil
}

// selects tells whether e is the name of an imported package, under whatever name the file imports it.
func (f *File) selects(e ast.Expr, importPath, name string) bool {
	for _, imported := range f.Imports {
		if imported.Path != importPath {
			continue
		}
		switch e := e.(type) {
		case *ast.SelectorExpr:
			if id, ok := e.X.(*ast.Ident); ok && id.Name == imported.Name && e.Sel.Name == name {
				return true
			}
		case *ast.Ident:
			if imported.Name == "." && e.Name == name {
				return true
			}
		}
	}
	return false
}

// format puts the arguments of fmt.Sprintf in the place of their verbs. The first of args is the pattern.
func (t *Tree) format(args []ast.Expr, in scope, depth int) text {
	pattern := t.compose(args[0], in, depth)
	args = args[1:]
	out := text{pieces: pattern.pieces}
	rest := pattern.string
	for {
		before, after, found := strings.Cut(rest, "%")
		out.string += before
		if !found {
			return out
		}
		verb := strings.IndexFunc(after, func(r rune) bool { return r == '%' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' })
		if verb < 0 {
			return out
		}
		rest = after[verb+1:]
		switch {
		case after[verb] == '%':
			out.string += "%"
		case verb == 0 && len(args) > 0 && (after[0] == 's' || after[0] == 'v'):
			// Pieces keep their offsets of the pattern: a line may be told a few too early, never a file wrong.
			out.string += t.compose(args[0], in, depth).string
			args = args[1:]
		default:
			out.string += sqltext.Hole
			args = args[min(1, len(args)):]
		}
	}
}
