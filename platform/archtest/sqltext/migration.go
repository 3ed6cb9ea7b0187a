package sqltext

import "strings"

// Down is where the part of a goose script begins that undoes it; the length of the script without one.
func Down(script string) int {
	if down := strings.Index(script, "+goose Down"); down >= 0 {
		return down
	}
	return len(script)
}

// Migrate applies a goose script to a set of tables, whose names are in small letters.
func Migrate(tables map[string]bool, script string) {
	for _, use := range Tables(script[:Down(script)]) {
		switch {
		case use.Created:
			tables[strings.ToLower(use.Table)] = true
		case use.Dropped:
			delete(tables, strings.ToLower(use.Table))
		}
	}
}
