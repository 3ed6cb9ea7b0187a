package extract

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/directory"
)

// repository is what is written.
type repository struct {
	*selection

	path  string // its module path
	dirty bool
	files map[string][]byte
}

// compose makes all files in memory: what does not come apart is told before anything is written.
func (r *repository) compose() error {
	r.files = map[string][]byte{}
	cut, err := r.leftBehind()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.taken)) {
		text, err := r.read(name)
		if err != nil {
			return err
		}
		if r.files[name], err = r.rewritten(name, text, cut); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return r.addOwn()
}

// rewritten is a file as the repository has it.
func (r *repository) rewritten(name string, text []byte, cut map[string]bool) ([]byte, error) {
	var err error
	switch {
	case name == listFile:
		if text, err = r.list(text); err != nil {
			return nil, err
		}
	case name == assembly+"/source.json":
		return r.source(text)
	case name == "go.mod", name == "tools/go.mod", name == ".golangci.yml":
		return r.moved(name, text)
	case !strings.HasSuffix(name, ".go") || strings.Contains("/"+path.Dir(name)+"/", "/testdata/"):
		return text, nil
	case path.Dir(name) == program:
		if text, err = without(text, cut); err != nil {
			return nil, err
		}
	}
	return reimport(text, r.trunk.path, r.path)
}

// moved writes the new module path where a file that is no Go has the trunk's, once.
func (r *repository) moved(name string, text []byte) ([]byte, error) {
	for _, form := range []string{"module %s\n", "module %s/tools\n", "prefix(%s)"} {
		old := fmt.Sprintf(form, r.trunk.path)
		if strings.Count(string(text), old) == 1 {
			return []byte(strings.Replace(string(text), old, fmt.Sprintf(form, r.path), 1)), nil
		}
	}
	return nil, fmt.Errorf("%s names its module path %s in no way that is known: %w", name, r.trunk.path, ErrTangled)
}

// source is what the program tells of the modules that it knows. Of those that are elsewhere it has no lines.
func (r *repository) source(text []byte) ([]byte, error) {
	all, err := directory.ReadSource(text)
	if err != nil {
		return nil, err
	}
	known := directory.Source{}
	for name, of := range all {
		switch {
		case name == r.module:
			known[name] = of
		case slices.Contains(r.contracts, name):
			of.Lines = directory.Lines{}
			known[name] = of
		}
	}
	return known.Text()
}

// addOwn adds what the trunk has not.
func (r *repository) addOwn() error {
	if err := r.addTexts(); err != nil {
		return err
	}
	for _, name := range r.contracts {
		r.files["modules/"+name+"/"+originFile] = []byte(fmt.Sprintf("%s\n%s\n", r.trunk.path+"/modules/"+name, r.revision()))
	}
	return nil
}

// originFile says where something is from. Beside a contract it says, too, that the module is elsewhere.
const originFile = "ORIGIN"

// revision is the commit that was extracted, as far as there is one.
func (r *repository) revision() string {
	switch {
	case r.commit == "":
		return "commit unknown: the checkout was no git repository"
	case r.dirty:
		return "commit " + r.commit + ", with changes that it does not have"
	}
	return "commit " + r.commit
}

const (
	folderMode = 0o755
	fileMode   = 0o644
	scriptMode = 0o755
)

func (r *repository) write(root string) error {
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), folderMode); err != nil {
			return err
		}
		mode := fs.FileMode(fileMode)
		if strings.HasPrefix(string(r.files[name]), "#!") {
			mode = scriptMode
		}
		if err := os.WriteFile(file, r.files[name], mode); err != nil {
			return err
		}
	}
	return nil
}

// tell says what was done.
func (r *repository) tell(out io.Writer, to string) {
	bytes := 0
	for _, text := range r.files {
		bytes += len(text)
	}
	fmt.Fprintf(out, "%s of %s, %s:\n", r.module, r.trunk.path, r.revision())
	fmt.Fprintf(out, "  %s, %d files, %d kB\n", to, len(r.files), bytes>>10)
	fmt.Fprintf(out, "  module    %s\n", r.path)
	fmt.Fprintf(out, "  contracts %s\n", listed(r.contracts))
	if len(r.called) > 0 {
		fmt.Fprintf(out, "  client of %s\n", listed(r.called))
	}
	fmt.Fprintf(out, "  stays     %s\n", listed(r.left))
	fmt.Fprintf(out, "Next: cd %s && git init && git add . && make check\n", to)
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
