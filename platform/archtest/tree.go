// Package archtest is the machinery of arch_test.go: it reads every file of the tree as text, whatever
// its build tags, system, suffix or header, and asks it the questions on which the boundaries rest.
// Nothing is built and no tool is called, so that no tag hides a file and no cache answers for it.
//
// A rule is a function from the tree to its violations. Modules are discovered, never listed, and a
// rule that found nothing to look at is violated: a check that cannot fail is a defect.
package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Tree is the source of one Go module, parsed.
type Tree struct {
	Path     string    // the module path of go.mod
	Files    []*File   // every Go file, in the order of their names
	Modules  []*Module // the folders below modules/, in the order of their names
	Nested   []string  // top-level folders with a go.mod of their own: programs and rigs, read like cmd
	goMods   []goMod   // the root's first
	beside   []string  // no Go files, and the go command compiles, links or obeys them all the same
	packages map[string]*Package
	scripts  []*script       // every .sql file, and every other file with SQL that code embeds
	running  map[string]bool // folders of the packages that a program takes along
	broken   []Violation
	fset     *token.FileSet
}

// File is one Go file.
type File struct {
	Name    string // path below the root, with slashes
	Test    bool   // named *_test.go
	Package *Package
	Imports []Import
	Syntax  *ast.File
	texts   []text
}

// Import is one import declaration.
type Import struct {
	Path string
	Name string // the name it has in the file: its own, or that of the package
	Line int
}

// Package is a folder with Go files. Files of an external test package are among them.
type Package struct {
	Dir   string // path below the root, "." for the root itself
	Files []*File
	decls map[string]*declarations // by package clause: that of external tests is another one
}

// first is the package's first file that is no test, nil when it has tests only.
func (p *Package) first() *File {
	for _, f := range p.Files {
		if !f.Test {
			return f
		}
	}
	return nil
}

// Load reads the tree below dir, which holds go.mod.
//
// Folders and files are opened by name below dir, and go test records each of them: a result is
// answered from its cache only while every folder's list and every file's size and time are the same.
func Load(dir string) (*Tree, error) {
	return LoadFS(os.DirFS(dir))
}

// LoadFS reads the tree in files. It fails when there is no go.mod, no Go file or no module.
func LoadFS(files fs.FS) (*Tree, error) {
	t := &Tree{packages: map[string]*Package{}, fset: token.NewFileSet()}
	if err := t.readModulePath(files); err != nil {
		return nil, err
	}
	found, err := t.walk(files)
	if err != nil {
		return nil, fmt.Errorf("walk the tree: %w", err)
	}
	if err := t.parse(files, found); err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	if len(t.Files) == 0 {
		return nil, fmt.Errorf("no Go file below the root of %s: nothing was analysed", t.Path)
	}
	if err := t.readEmbedded(files, found); err != nil {
		return nil, fmt.Errorf("read what is embedded: %w", err)
	}
	t.discover(found)
	if len(t.Modules) == 0 {
		return nil, fmt.Errorf("no folder below modules/ in %s: nothing was analysed", t.Path)
	}
	return t, nil
}

func (t *Tree) readModulePath(files fs.FS) error {
	text, err := fs.ReadFile(files, "go.mod")
	if err != nil {
		return fmt.Errorf("find the root: %w", err)
	}
	root := readGoMod(".", string(text))
	if root.path == "" {
		return errors.New("go.mod names no module")
	}
	t.Path, t.goMods = root.path, []goMod{root}
	return nil
}

// found is what a walk saw, as paths below the root.
type found struct {
	goFiles, sqlFiles []string
	others            []string // what else an embedding may name, those of folders that are passed over too
	dirs              []string
}

func (t *Tree) walk(files fs.FS) (found, error) {
	var f found
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return t.enter(files, name, &f)
		case hidden(path.Dir(name)):
			f.others = append(f.others, name)
		case entry.Type()&fs.ModeSymlink != 0:
			t.refuseLink(files, name)
			t.noteBeside(name)
		case strings.HasSuffix(name, ".go"):
			f.goFiles = append(f.goFiles, name)
		case strings.HasSuffix(name, ".sql"):
			f.sqlFiles = append(f.sqlFiles, name)
		default:
			f.others = append(f.others, name)
			t.noteBeside(name)
		}
		return nil
	})
	return f, err
}

// enter passes over what the go command keeps out of the module: hidden folders, testdata and vendor.
// Their files are listed and not read. An import that reaches into one of them is a violation (see
// Analysed), and SQL that code embeds from there is read.
//
// A Go module of its own is read when its folder lies at the top level, beside the areas that the rules
// are for; anywhere else it is a violation.
func (t *Tree) enter(files fs.FS, name string, f *found) error {
	if name == "." {
		return nil
	}
	if !strings.Contains(name, "/") && hidden(name) {
		return fs.SkipDir // no package of the tree can embed what lies in there
	}
	text, err := fs.ReadFile(files, name+"/go.mod")
	switch {
	case err == nil && !hidden(name) && !strings.Contains(name, "/") && !slices.Contains(areas(), name):
		t.Nested = append(t.Nested, name)
		t.goMods = append(t.goMods, readGoMod(name, string(text)))
	case err == nil:
		t.refuseModule(name)
		return fs.SkipDir
	}
	if !hidden(name) {
		f.dirs = append(f.dirs, name)
	}
	return nil
}

// refuseModule keeps other Go modules out of the areas and below one another.
func (t *Tree) refuseModule(dir string) {
	if hidden(dir) {
		return
	}
	t.broken = append(t.broken, Violation{
		File: dir + "/go.mod", Line: 1,
		What:    "makes a Go module of its own of this folder",
		Why:     "other Go modules are read at the top level only; this one lies among code that the rules are for, and would obey none",
		Instead: "drop the go.mod, or move the folder to the top level as tools has",
	})
}

// refuseLink keeps symbolic links to folders and sources out: the compiler follows them, a walk does not.
func (t *Tree) refuseLink(files fs.FS, name string) {
	target, err := fs.Stat(files, name)
	source := strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".sql")
	if err == nil && !target.IsDir() && !source {
		return
	}
	t.broken = append(t.broken, Violation{
		File: name, Line: 1,
		What:    "is a symbolic link",
		Why:     "the compiler follows it, this analysis does not, so what lies behind it obeys no rule",
		Instead: "put the folder or file itself here, or import it from where it is",
	})
}

// parse reads all files, and then the texts in them; the order of t.Files is that of the names.
func (t *Tree) parse(files fs.FS, f found) error {
	t.Files = make([]*File, len(f.goFiles))
	t.scripts = make([]*script, len(f.sqlFiles))
	failures := make([]error, len(f.goFiles)+len(f.sqlFiles))
	sideBySide(len(failures), func(i int) { failures[i] = t.read(files, f, i) })
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	t.group()
	sideBySide(len(t.Files), func(i int) { t.Files[i].texts = t.textsOf(t.Files[i]) })
	return nil
}

// sideBySide does n jobs with as many workers as there are processors.
func sideBySide(n int, job func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				job(i)
			}
		})
	}
	workers.Wait()
}

// read fills the i-th place: first come the Go files, then the SQL scripts.
func (t *Tree) read(files fs.FS, f found, i int) error {
	if i >= len(f.goFiles) {
		i -= len(f.goFiles)
		text, err := fs.ReadFile(files, f.sqlFiles[i])
		t.scripts[i] = readScript(f.sqlFiles[i], string(text))
		return err
	}
	name := f.goFiles[i]
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.fset, name, text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return fmt.Errorf("parse %s, which no rule can judge: %w", name, err)
	}
	t.Files[i] = &File{Name: name, Test: strings.HasSuffix(name, "_test.go"), Syntax: syntax, Imports: t.imports(syntax)}
	return nil
}

func (t *Tree) imports(syntax *ast.File) []Import {
	list := make([]Import, 0, len(syntax.Imports))
	for _, spec := range syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has refused it before
		}
		name := path.Base(target) // nameImports knows better
		if spec.Name != nil {
			name = spec.Name.Name
		}
		list = append(list, Import{Path: target, Name: name, Line: t.line(spec.Pos())})
	}
	return list
}

func (t *Tree) group() {
	for _, f := range t.Files {
		dir := path.Dir(f.Name)
		if t.packages[dir] == nil {
			t.packages[dir] = &Package{Dir: dir}
		}
		f.Package = t.packages[dir]
		f.Package.Files = append(f.Package.Files, f)
	}
	for _, p := range t.packages {
		p.decls = declare(p)
	}
	t.nameImports()
	t.findPrograms()
}

// line is that of the file, whatever a //line comment claims.
func (t *Tree) line(pos token.Pos) int { return t.fset.PositionFor(pos, false).Line }

// Local is the folder of an import path of this Go module, and whether it is one.
func (t *Tree) Local(importPath string) (string, bool) {
	if importPath == t.Path {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.Path+"/")
}
