package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// settleRounds bounds how often rights are read, changed and read again. Two suffice but for ALL PRIVILEGES,
// which takes a third, and for another process that does the same.
const settleRounds = 8

// settle grants the user its schema and then takes away what else it has, in this order: at no time does a
// running instance lack a right. Each round asks the server anew, because another process may have been
// first, whose success makes a REVOKE of ours an error.
func (g *granting) settle(ctx context.Context, own *sql.Conn) error {
	home, err := g.home(ctx)
	if err != nil {
		return err
	}
	var last error
	for range settleRounds {
		rights, err := readRights(ctx, own)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(rights, home.isGranted) {
			if err := g.exec(ctx, "GRANT "+strings.Join(needed(), ", ")+" ON "+home.object+" TO "+g.account); err != nil {
				return err
			}
			g.done.Allowed = true
			continue
		}
		excess := home.excess(rights, g.account)
		if len(excess) == 0 {
			return nil
		}
		for _, statement := range excess {
			err := g.exec(ctx, statement)
			if err == nil {
				g.done.Revoked++
			}
			last = errors.Join(last, err)
		}
	}
	return errors.Join(fmt.Errorf("%w: %s has others after %d rounds", ErrNotGranted, g.done.User, settleRounds), last)
}

// needed are the rights of a module on its schema. SELECT ... FOR UPDATE needs SELECT and one of the others
// (https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html#priv_select).
func needed() []string { return []string{"SELECT", "INSERT", "UPDATE", "DELETE"} }

// home is the schema of a module as grants name it.
type home struct {
	object  string
	folding bool // the server folds the names of schemas to lower case
}

// home escapes the name: in a grant on a schema, _ stands for any character
// (https://dev.mysql.com/doc/refman/8.4/en/grant.html#grant-quoting, https://mariadb.com/kb/en/grant/#database-privileges).
func (g *granting) home(ctx context.Context) (home, error) {
	h := home{object: "`" + strings.ReplaceAll(g.location.Schema(g.module), "_", `\_`) + "`.*"}
	var folds int
	err := g.admin.QueryRowContext(ctx, "SELECT @@lower_case_table_names").Scan(&folds)
	h.folding = folds > 0
	return h, err
}

func (h home) is(object string) bool {
	return object == h.object || h.folding && strings.EqualFold(object, h.object)
}

func (h home) isGranted(r right) bool {
	if !h.is(r.object) {
		return false
	}
	missing := func(privilege string) bool { return !slices.Contains(r.privileges, privilege) }
	return slices.Contains(r.privileges, allPrivileges) || !slices.ContainsFunc(needed(), missing)
}

// excess are the statements that take away what is more than needed.
func (h home) excess(rights []right, account string) []string {
	var statements []string
	for _, r := range rights {
		if r.object == "" {
			statements = append(statements, "REVOKE "+strings.Join(r.privileges, ", ")+" FROM "+account) // roles
			continue
		}
		if more := h.beyond(r); len(more) > 0 {
			statements = append(statements, "REVOKE "+strings.Join(more, ", ")+" ON "+r.object+" FROM "+account)
		}
		if r.mayGrant {
			statements = append(statements, "REVOKE GRANT OPTION ON "+r.object+" FROM "+account)
		}
	}
	return statements
}

// beyond are the privileges on an object that are too much. After one of ALL PRIVILEGES is gone, the server
// names those that are left.
func (h home) beyond(r right) []string {
	allowed := []string{"USAGE"} // which means none
	if h.is(r.object) {
		allowed = append(allowed, needed()...)
		if slices.Contains(r.privileges, allPrivileges) {
			return []string{"DROP"}
		}
	}
	return slices.DeleteFunc(slices.Clone(r.privileges), func(p string) bool { return slices.Contains(allowed, p) })
}

const allPrivileges = "ALL PRIVILEGES"

// right is one line of SHOW GRANTS.
type right struct {
	privileges []string // or roles
	object     string   // as SQL says it; empty: roles
	mayGrant   bool
}

// readRights asks as the user itself, who may always see its own. The lines of roles and of PUBLIC are not
// among those FOR CURRENT_USER.
func readRights(ctx context.Context, own *sql.Conn) ([]right, error) {
	rows, err := own.QueryContext(ctx, "SHOW GRANTS FOR CURRENT_USER()")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return rightsIn(lines), rows.Err()
}

// rightsIn leaves out lines that set a default role, or restrict a global right, which goes anyway.
func rightsIn(lines []string) []right {
	var rights []right
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "GRANT "); ok {
			rights = append(rights, parseRight(rest))
		}
	}
	return rights
}

// parseRight reads PRIVILEGES ON OBJECT TO USER ..., or ROLES TO USER ....
func parseRight(line string) right {
	what, rest, _ := cutOutside(line, " TO ")
	privileges, object, _ := cutOutside(what, " ON ")
	r := right{object: object}
	for privilege, rest, more := "", privileges, true; more; {
		privilege, rest, more = cutOutside(rest, ", ")
		r.privileges = append(r.privileges, privilege)
	}
	_, _, r.mayGrant = cutOutside(rest, "GRANT OPTION")
	return r
}

// cutOutside is strings.Cut, blind to what stands in quotes or parentheses.
func cutOutside(text, separator string) (before, after string, found bool) {
	var quote byte
	depth := 0
	for i := range len(text) {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0 // a doubled quote begins the next quotation at once
			}
			continue
		case c == '`' || c == '\'' || c == '"':
			quote = c
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		if depth == 0 && strings.HasPrefix(text[i:], separator) {
			return text[:i], text[i+len(separator):], true
		}
	}
	return text, "", false
}
