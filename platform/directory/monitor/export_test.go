package monitor

// CountingTo makes it count fewer rows of a table.
func (p *Process) CountingTo(n int) *Process {
	p.countTo = n
	return p
}
