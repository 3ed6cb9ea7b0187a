package sqltext

// Leaves is the keyword by which a statement of the text leaves the schema that its connection was opened
// on, or hides what it does from whoever reads it; empty when none does.
func Leaves(sql string) string {
	for _, d := range []dialect{mysql, sqlite} {
		first := true
		for _, w := range words(sql, d) {
			if first && w.is("USE", "ATTACH", "DETACH", "PREPARE", "EXECUTE") {
				return w.text
			}
			first = w.mark(";")
		}
	}
	return ""
}
