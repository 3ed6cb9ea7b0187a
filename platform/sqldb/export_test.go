package sqldb

// Waiting is how many wait for their turn.
func (b *Batcher[T]) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}

// Password is that of a module's user.
func (l Location) Password(module string) string { return l.users.password(l.User(module)) }

// Excess is what would be said to the server about lines of SHOW GRANTS.
func Excess(object, account string, lines ...string) []string {
	return home{object: object}.excess(rightsIn(lines), account)
}
