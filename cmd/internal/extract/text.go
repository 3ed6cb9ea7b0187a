package extract

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/archtest"
)

// texts are those of the new repository, with {{words}} in them. They are no templates of package text/template:
// whatever imports that keeps every exported method in the program, which was a sixth larger then.
//
//go:embed text
var texts embed.FS

// addTexts writes what is for people and for make.
func (r *repository) addTexts() error {
	words := strings.NewReplacer(r.words()...)
	for name, from := range map[string]string{
		"README.md": "README.md", "Makefile": "Makefile", ".github/CODEOWNERS": "CODEOWNERS", originFile: "ORIGIN",
	} {
		text, err := texts.ReadFile("text/" + from)
		if err != nil {
			return err
		}
		r.files[name] = []byte(words.Replace(string(text)))
	}
	return nil
}

// words are placeholders and what stands for them, in turn.
func (r *repository) words() []string {
	own := r.trunk.module(r.module).Manifest
	var others, routes []string
	for _, m := range r.tree.Modules {
		if m.Name != r.module {
			others = append(others, m.Name)
		}
	}
	for _, route := range own.Routes {
		routes = append(routes, "`"+route.Text+"`")
	}
	words := map[string]string{
		"module": r.module, "MODULE": strings.ToUpper(r.module), "path": r.path, "trunk": r.trunk.path,
		"revision": r.revision(), "owner": own.Owner.Text,
		"others": strings.Join(others, ","), "routes": strings.Join(routes, ", "), "contract names": strings.Join(r.contracts, " "),
		"contracts": r.contractRows(), "neighbours": r.neighbourRows(), "licence": "",
		"by calls": "", "answers": "", "try peers": "", "trunk peers": "", "own peers": "",
	}
	if r.taken["LICENSE"] {
		words["licence"] = "\nSee [LICENSE](LICENSE).\n"
	}
	r.addCalls(words)
	var turns []string
	for word, text := range words {
		turns = append(turns, "{{"+word+"}}", text)
	}
	return turns
}

// addCalls says where either side is called.
func (r *repository) addCalls(words map[string]string) {
	const address = "127.0.0.1:8082"
	if len(r.called) > 0 {
		var peers []string
		for _, name := range r.called {
			peers = append(peers, name+"=http://"+address)
		}
		setting := "BANYAN_PEERS=" + strings.Join(peers, ";")
		words["by calls"], words["answers"] = " and by calls of "+strings.Join(r.called, ", "), ", answers calls as they always were"
		words["try peers"] = setting + " "
		words["own peers"] = "export " + setting + "\n"
		words["trunk peers"] = "export BANYAN_PEER_ADDR=" + address + "\n"
	}
	if slices.ContainsFunc(r.tree.Modules, func(m *archtest.Module) bool { return has(m.Manifest.Calls, r.module) }) {
		words["own peers"] += "export BANYAN_PEER_ADDR=" + address + "\n"
		words["trunk peers"] += "export BANYAN_PEERS=" + r.module + "=http://" + address + "\n"
	}
}

func (r *repository) contractRows() string {
	var b strings.Builder
	for _, name := range r.contracts {
		fmt.Fprintf(&b, "| `modules/%s` | the contract of %[1]s, a copy | no: in the trunk, and then copied |\n", name)
	}
	return b.String()
}

// neighbourRows say who hears what of whom.
func (r *repository) neighbourRows() string {
	own := r.trunk.module(r.module).Manifest
	var b strings.Builder
	for _, name := range r.contracts {
		m := r.trunk.module(name).Manifest
		called := "no"
		if has(own.Calls, name) {
			called = "yes"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, common(own.Listens, m.Publishes), common(m.Listens, own.Publishes), called)
	}
	return b.String()
}

// common are the entries of a that b has.
func common(a, b []archtest.Entry) string {
	var all []string
	for _, e := range a {
		if has(b, e.Text) {
			all = append(all, e.Text)
		}
	}
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, ", ")
}
