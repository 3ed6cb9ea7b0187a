package route

import "slices"

// Settings are what a process was told of the others when it started.
type Settings struct {
	Peers  map[string][]string // where other processes serve a module's operations, if its rule names no address
	Calls  map[string][]string // where other processes are called for a module's contract
	Called []string            // modules whose contract is called by those in this process
}

// CallsOf is how calls of a module's contract go when the module has a share.
type CallsOf struct {
	Called bool     // in this process; if not, there is nothing to share
	To     []string // where the share of them goes; empty: they stay here
}

// Stay says that calls stay here although the module's requests are shared: no address is known.
func (c CallsOf) Stay() bool { return c.Called && len(c.To) == 0 }

func (s Settings) callsOf(module string) CallsOf {
	return CallsOf{Called: slices.Contains(s.Called, module), To: slices.Clone(s.Calls[module])}
}

// CallsOf tells it for a process without a Table, by its settings.
func (b *Book) CallsOf(module string) CallsOf { return b.settings.callsOf(module) }
