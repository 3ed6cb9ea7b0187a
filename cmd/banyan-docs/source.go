package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

const goModule = "github.com/banyan-commerce/banyan/"

// source answers the comments of types and fields, read from the files of the repository: compiled
// code has none.
type source struct {
	root     string
	packages map[string]map[string]commented // package path, name of the type
}

// commented is what the source says of a type.
type commented struct {
	doc    string
	fields map[string]string
}

func newSource(root string) *source {
	return &source{root: root, packages: map[string]map[string]commented{}}
}

// comment answers what is written about a type, nothing for types of other repositories.
func (s *source) comment(t reflect.Type) (commented, error) {
	if t.Name() == "" || !strings.HasPrefix(t.PkgPath(), goModule) {
		return commented{}, nil
	}
	types, read := s.packages[t.PkgPath()]
	if !read {
		var err error
		if types, err = parse(filepath.Join(s.root, strings.TrimPrefix(t.PkgPath(), goModule))); err != nil {
			return commented{}, fmt.Errorf("read comments of %s: %w", t, err)
		}
		s.packages[t.PkgPath()] = types
	}
	c, found := types[t.Name()]
	if !found {
		return commented{}, fmt.Errorf("the source of %s was not found", t)
	}
	return c, nil
}

// parse reads the types of the package in a folder, external tests apart.
func parse(dir string) (map[string]commented, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	types, files := map[string]commented{}, token.NewFileSet()
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".go" {
			continue
		}
		file, err := parser.ParseFile(files, filepath.Join(dir, entry.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(file.Name.Name, "_test") {
			addTypes(types, file)
		}
	}
	return types, nil
}

func addTypes(types map[string]commented, file *ast.File) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			if spec, ok := spec.(*ast.TypeSpec); ok {
				text := spec.Doc.Text()
				if text == "" && !general.Lparen.IsValid() {
					text = general.Doc.Text()
				}
				types[spec.Name.Name] = commented{doc: oneLine(text), fields: fieldComments(spec.Type)}
			}
		}
	}
}

func fieldComments(of ast.Expr) map[string]string {
	comments := map[string]string{}
	structure, ok := of.(*ast.StructType)
	if !ok {
		return comments
	}
	for _, field := range structure.Fields.List {
		text := oneLine(field.Doc.Text() + " " + field.Comment.Text())
		for _, name := range field.Names {
			comments[name.Name] = text
		}
	}
	return comments
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// synopsis is the first sentence of a comment.
func synopsis(text string) string { return new(doc.Package).Synopsis(text) }
