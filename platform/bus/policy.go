package bus

// Policy says what a dead event does to those behind it.
type Policy string

// The policies.
const (
	// Block: the aggregate waits until an operator decides. What follows rests on what has not happened.
	Block Policy = "block"
	// Skip: the aggregate goes on without the event, which stays held as dead and may be replayed, out of
	// its place. It is for consumers to whom each event says all that they need, such as an index or a
	// mail. An event that is to be retried holds up its aggregate still.
	Skip Policy = "skip"
)

func (p Policy) known() bool { return p == "" || p == Block || p == Skip }

// passable is the state, besides archived, of held events that hold up nothing.
func (p Policy) passable() string {
	if p == Skip {
		return dead
	}
	return archived
}
