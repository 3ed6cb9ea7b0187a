package route

// Report is how the requests of one module go, as this process sees it.
type Report struct {
	Rule

	Hosted    bool     // in this process
	Addresses []string // of the other one: the rule's, or those of the settings
	Calls     CallsOf
	Here      Figures // of the guard's window
	Away      Figures
	Compared  []Counts
	Findings  []Finding // the newest first
}

// Report tells of one module. It returns ErrNoModule.
func (t *Table) Report(module string) (Report, error) {
	w := t.ways[module]
	if w == nil {
		return Report{}, ErrNoModule
	}
	r := Report{Rule: w.state.Load().Rule, Hosted: w.hosted, Addresses: t.Addresses(module), Calls: t.options.Settings.callsOf(module)}
	r.Here, r.Away = w.watch.figures(t.options.Now())
	r.Compared, r.Findings = t.shadow.report(module)
	return r, nil
}
