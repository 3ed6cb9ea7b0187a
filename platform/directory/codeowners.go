package directory

import (
	"fmt"
	"regexp"
	"strings"
)

const codeOwnersHead = `# Made by go generate from the modules' manifests (Owner); edit those.
#
# Of the lines that match a file the last one counts, and a line without an owner says that it has none:
# https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
`

// CodeOwners is the file .github/CODEOWNERS: a module's code, migrations and page are its owner's, all
// else is the platform's. Generated is what follows from the rest and is checked against it: nobody need
// be asked about it. CodeOwners returns an error for a module whose owner GitHub could not read, because
// GitHub passes over such a line and says nothing.
func (d Document) CodeOwners(platform string, generated []string) (string, error) {
	if err := checkOwner(platform); err != nil {
		return "", fmt.Errorf("owner of the platform: %w", err)
	}
	var b strings.Builder
	line := func(pattern, owner string) { fmt.Fprintln(&b, strings.TrimSpace(pattern+" "+owner)) }
	b.WriteString(codeOwnersHead)
	b.WriteString("\n")
	line("*", platform)
	for _, m := range d.Modules {
		if err := checkOwner(m.Owner); err != nil {
			return "", fmt.Errorf("the manifest of %s: Owner %w", m.Name, err)
		}
		b.WriteString("\n")
		for _, pattern := range []string{"/modules/%s/", "/migrations/%s/", "/docs/modules/%s.md"} {
			line(fmt.Sprintf(pattern, m.Name), m.Owner)
		}
	}
	b.WriteString("\n# generated\n")
	for _, pattern := range generated {
		line(pattern, "")
	}
	return b.String(), nil
}

// checkOwner wants a user or a team; GitHub takes mail addresses as well, and we don't: who answers for a
// module should outlast a person's address.
func checkOwner(owner string) error {
	if !regexp.MustCompile(`^@[A-Za-z0-9-]+(/[A-Za-z0-9._-]+)?$`).MatchString(owner) {
		return fmt.Errorf("is %q: name who answers for it as CODEOWNERS does, @organisation/team", owner)
	}
	return nil
}
