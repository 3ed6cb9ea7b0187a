package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/module"
)

// sourceOf reads what only the source tells of the modules.
func sourceOf(root string, manifests []module.Manifest) (directory.Source, error) {
	s := directory.Source{}
	for _, m := range manifests {
		known, err := contractOf(filepath.Join(root, "modules", m.Name))
		if err != nil {
			return nil, fmt.Errorf("read the contract of %s: %w", m.Name, err)
		}
		if known.Lines, err = linesOf(root, m.Name); err != nil {
			return nil, fmt.Errorf("count the lines of %s: %w", m.Name, err)
		}
		s[m.Name] = known
	}
	return s, nil
}

// contractOf reads the package comment and the methods that others may call.
func contractOf(dir string) (directory.SourceOf, error) {
	var c directory.SourceOf
	names, err := filepath.Glob(filepath.Join(dir, "*.go")) // sorted
	if err != nil {
		return c, err
	}
	files := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return c, err
		}
		if file.Doc != nil {
			c.Summary = summary(file)
		}
		methods, err := methodsOf(file)
		if err != nil {
			return c, err
		}
		c.Methods = append(c.Methods, methods...)
	}
	if c.Summary == "" {
		return c, fmt.Errorf("no file of %s has a package comment: it is the module's summary", dir)
	}
	return c, nil
}

// summary is the package comment without the words that are the same everywhere.
func summary(file *ast.File) string {
	text := oneLine(file.Doc.Text())
	if rest, ok := strings.CutPrefix(text, fmt.Sprintf("Package %[1]s is the contract of the %[1]s module: ", file.Name.Name)); ok && rest != "" {
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return text
}

// methodsOf lists the methods of exported interfaces, as they are written.
func methodsOf(file *ast.File) ([]directory.Method, error) {
	var methods []directory.Method
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			spec, ok := spec.(*ast.TypeSpec)
			if !ok || !spec.Name.IsExported() {
				continue
			}
			if of, ok := spec.Type.(*ast.InterfaceType); ok {
				own, err := methodsOfType(spec.Name.Name, of)
				if err != nil {
					return nil, err
				}
				methods = append(methods, own...)
			}
		}
	}
	return methods, nil
}

func methodsOfType(name string, of *ast.InterfaceType) ([]directory.Method, error) {
	var methods []directory.Method
	for _, field := range of.Methods.List {
		function, ok := field.Type.(*ast.FuncType)
		if !ok {
			return nil, fmt.Errorf("interface %s embeds another: write its methods down, so that the contract can be read", name)
		}
		signature, err := onOneLine(function)
		if err != nil {
			return nil, err
		}
		methods = append(methods, directory.Method{
			Interface: name, Name: field.Names[0].Name, Signature: field.Names[0].Name + signature, Doc: strings.TrimSpace(field.Doc.Text()),
		})
	}
	return methods, nil
}

// onOneLine prints parameters and results: func(a A) B without its first word.
func onOneLine(function *ast.FuncType) (string, error) {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), function); err != nil {
		return "", err
	}
	text := strings.NewReplacer("( ", "(", ", )", ")").Replace(oneLine(b.String()))
	return strings.TrimPrefix(text, "func"), nil
}
