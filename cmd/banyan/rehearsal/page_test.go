package rehearsal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// guide is the page that is rehearsed.
const guide = "docs/extraction.md"

// A block of commands is one of these, as its first line says.
type kind string

const (
	command  kind = "command"  // run once; it must succeed
	check    kind = "check"    // repeated until it succeeds and prints what the page shows
	setting  kind = "settings" // put before every block that follows
	start    kind = "start"    // a process, in place of the one with its name
	stop     kind = "stop"     // a process
	skeleton kind = "not-run"  // shown, for a reason that the block gives
)

// block is commands of the page, and what it says that they print.
type block struct {
	line    int
	section string
	kind    kind
	process string       // for start and stop
	engine  sqldb.Engine // the only one it is for; empty: both
	long    bool         // it takes minutes
	text    string
	output  []string
}

func (b block) String() string { return fmt.Sprintf("%s, line %d (%s)", guide, b.line, b.section) }

// isFor says whether a shop on the engine needs the block, and this form of the rehearsal runs it.
func (b block) isFor(e sqldb.Engine) bool {
	return (b.engine == "" || b.engine == e) && (given.long || !b.long)
}

// of is the block for another module than the page's example: its commands take the module from a setting, and
// what they print names it.
func (b block) of(module string) block {
	if !strings.Contains(b.text, "$MODULE") && !strings.Contains(b.text, "work ") {
		return b
	}
	names := strings.NewReplacer("payment", module, "PAYMENT", strings.ToUpper(module))
	b.output = slices.Clone(b.output)
	for i, line := range b.output {
		b.output[i] = names.Replace(line)
	}
	return b
}

// readGuide is the blocks of the page in order.
func readGuide(t *testing.T) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shoptest.Root, guide))
	require.NoError(t, err)
	blocks, err := parse(string(text))
	require.NoError(t, err)
	return blocks
}

// hidden is what a reader would take for a block of commands, and parse would not.
var hidden = regexp.MustCompile("^(\t|    |~~~)|^ +```")

// parse finds the blocks of a page. Every fenced block is `sh`, which is run, `sh not-run: REASON`, or `text`,
// which is what the block before it prints; whatever else is fenced is an error, so that nothing is forgotten.
func parse(page string) (blocks []block, err error) {
	var section, info string
	var body []string
	var engine sqldb.Engine
	begun := 0
	for n, line := range strings.Split(page, "\n") {
		fence, fenced := strings.CutPrefix(line, "```")
		switch {
		case fenced && begun == 0:
			begun, info, body = n+1, fence, nil
		case fenced:
			if blocks, err = add(blocks, block{line: begun, section: section, engine: engine}, info, body); err != nil {
				return nil, fmt.Errorf("%s, line %d: %w", guide, begun, err)
			}
			begun = 0
		case begun > 0:
			body = append(body, line)
		case hidden.MatchString(line):
			return nil, fmt.Errorf("%s, line %d: commands stand between lines that begin with ```: %q", guide, n+1, line)
		case strings.HasPrefix(line, "## "):
			section = line[3:]
			engine = ""
			if strings.HasSuffix(section, "(MySQL)") {
				engine = sqldb.MySQL
			}
		}
	}
	if begun > 0 {
		return nil, fmt.Errorf("%s, line %d: the block has no end", guide, begun)
	}
	return blocks, nil
}

func add(blocks []block, b block, info string, body []string) ([]block, error) {
	b.text = strings.Join(body, "\n")
	reason, notRun := strings.CutPrefix(info, "sh not-run:")
	switch {
	case info == "text":
		if len(blocks) == 0 || len(body) == 0 || blocks[len(blocks)-1].output != nil {
			return nil, fmt.Errorf("output of which command?")
		}
		blocks[len(blocks)-1].output = body
		return blocks, nil
	case notRun && strings.TrimSpace(reason) != "":
		b.kind = skeleton
	case info == "sh" && len(body) > 0:
		if err := b.name(body[0]); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%q: a block is sh, sh not-run: REASON or text", info)
	}
	return append(blocks, b), nil
}

var (
	firstLine  = regexp.MustCompile(`^# (\S+)(?: (\w+))?(?: \((MySQL|SQLite|long)\))?$`)
	oneCommand = regexp.MustCompile(`^# start \w+(?: \(\w+\))?\n(?:[A-Z_]+="?[^\s;&|]*"? )*banyan [^;&|\n]+$`)
)

// name reads what kind of block it is from its first line.
func (b *block) name(first string) error {
	b.kind = command
	found := firstLine.FindStringSubmatch(first)
	if found == nil {
		if strings.HasPrefix(first, "# ") {
			return fmt.Errorf("%q: the first comment says # settings, # check, # command, # start NAME or # stop NAME, and (MySQL), (SQLite) or (long)", first)
		}
		return nil
	}
	b.long = found[3] == "long"
	if found[3] != "" && !b.long {
		b.engine = map[string]sqldb.Engine{"MySQL": sqldb.MySQL, "SQLite": sqldb.SQLite}[found[3]]
	}
	b.kind, b.process = kind(found[1]), found[2]
	ofProcess := b.kind == start || b.kind == stop
	switch {
	case b.kind == start && !oneCommand.MatchString(strings.ReplaceAll(b.text, " \\\n  ", " ")):
		return fmt.Errorf("a process is one command, variables and `banyan …`:\n%s", b.text)
	case ofProcess == (b.process != ""), b.kind == command, b.kind == check, b.kind == setting:
	default:
		return fmt.Errorf("%q is no kind of block", first)
	}
	return nil
}

// prints says whether output has the shape of what the page shows: its lines in order, where digits stand for
// digits (but 0 and a percentage for themselves), spaces for spaces, and … for whatever there is.
func (b block) prints(output string) error {
	rest := strings.Split(output, "\n")
	for _, line := range b.output {
		shape := shapeOf(line)
		at := 0
		for at < len(rest) && !shape.MatchString(rest[at]) {
			at++
		}
		if at == len(rest) {
			return fmt.Errorf("%s: the page shows %q, and this was printed:\n%s", b, line, output)
		}
		rest = rest[at+1:]
	}
	return nil
}

var loose = regexp.MustCompile(`\d+ %|\d+|\s+|…`)

// standsAlone says whether what was found is 0 by itself: nothing.
func standsAlone(line string, found []int) bool {
	line = " " + line + " "
	return line[found[0]:found[1]+2] == " 0 "
}

func shapeOf(line string) *regexp.Regexp {
	line = strings.TrimSpace(line)
	var shape strings.Builder
	at := 0
	for _, found := range loose.FindAllStringIndex(line, -1) {
		shape.WriteString(regexp.QuoteMeta(line[at:found[0]]))
		switch text := line[found[0]:found[1]]; {
		case text == "…":
			shape.WriteString(".*")
		case strings.HasSuffix(text, " %"), standsAlone(line, found):
			shape.WriteString(`\b` + text)
		case strings.TrimSpace(text) == "":
			shape.WriteString(`\s+`)
		default:
			shape.WriteString(`\d+`)
		}
		at = found[1]
	}
	return regexp.MustCompile(shape.String() + regexp.QuoteMeta(line[at:]))
}

var inline = regexp.MustCompile("`banyan ([a-z]+)([^`]*)`")

// Commands in the text are not run; what they are made of must be there.
func TestCommandsInTheTextExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(shoptest.Root, guide))
	require.NoError(t, err)
	found := inline.FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, found)
	for _, c := range found {
		status, help, errs := shoptest.Run(t, "sqlite:"+t.TempDir(), nil, c[1], "--help")
		require.Zero(t, status, "%s: %s", c[0], errs)
		require.NotContains(t, help, "banyan [command]", "%s: there is no such command", c[0])
		for word := range strings.FieldsSeq(c[2]) {
			if strings.HasPrefix(word, "--") {
				require.Contains(t, help, word, c[0])
			}
		}
	}
}

func TestABlockThatNobodyWouldRunIsFound(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"no kind":               "```\nbanyan serve\n```",
		"a language":            "```json\n{}\n```",
		"not run, no reason":    "```sh not-run:\nbanyan serve\n```",
		"an unknown comment":    "```sh\n# begin trunk\nbanyan serve\n```",
		"a process of two":      "```sh\n# start trunk\nbanyan serve &\n```",
		"a process of no name":  "```sh\n# start\nbanyan serve\n```",
		"output of nothing":     "```text\nready\n```",
		"two outputs of one":    "```sh\nbanyan version\n```\n```text\na\n```\n```text\nb\n```",
		"no end":                "```sh\nbanyan serve",
		"a comment of its own":  "```sh\n# this starts the trunk\nbanyan serve\n```",
		"an engine nobody has":  "```sh\n# start trunk (Oracle)\nbanyan serve\n```",
		"a process with a pipe": "```sh\n# start trunk\nbanyan serve | tee log\n```",
		"an indented block":     "    banyan serve",
		"an indented fence":     "- so:\n  ```sh\n  banyan serve\n  ```",
		"another fence":         "~~~\nbanyan serve\n~~~",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(page)
			require.Error(t, err)
		})
	}
}

func TestBlocksAreReadInOrderWithWhatTheyPrint(t *testing.T) {
	t.Parallel()
	blocks, err := parse("## One\n```sh\n# start trunk (MySQL)\nA=\"$B\" \\\n  banyan serve\n```\n## Two\n```sh\nbanyan routes\n```\n```text\npayment   5 %\n```\n")
	require.NoError(t, err)
	require.Equal(t, []block{
		{line: 2, section: "One", kind: start, process: "trunk", engine: sqldb.MySQL, text: "# start trunk (MySQL)\nA=\"$B\" \\\n  banyan serve"},
		{line: 8, section: "Two", kind: command, text: "banyan routes", output: []string{"payment   5 %"}},
	}, blocks)
	require.NoError(t, blocks[1].prints("MODULE SHARE\npayment 5 %  yes"))
	require.Error(t, blocks[1].prints("MODULE SHARE\npayment 50 %  yes"))
	require.Error(t, blocks[1].prints("MODULE SHARE\npayment 15 %  yes"))
	require.Error(t, block{output: []string{"clerk 7 0"}}.prints("clerk 7 2"))
	require.Error(t, block{output: []string{"clerk 0 7"}}.prints("clerk 10 7"))
	require.NoError(t, block{output: []string{"118 of …", "b"}}.prints("a\n2 of 7\nb"))
	require.Error(t, block{output: []string{"118 of …", "b"}}.prints("b\n2 of 7"))
	require.Error(t, blocks[1].prints("MODULE SHARE\nshipping 50 %"))
	require.True(t, blocks[1].isFor(sqldb.SQLite))
	require.False(t, blocks[0].isFor(sqldb.SQLite))
}
