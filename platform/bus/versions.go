package bus

// maxVersions bounds a generation of what a scan remembers of aggregates.
const maxVersions = 4096

// versions remembers the latest events that a scan has met, of aggregates that it has met lately. An
// event whose predecessor it has met needs no look for earlier ones: that was done for the predecessor.
type versions struct {
	young, old map[aggregate]int64
}

func (v *versions) note(row outboxRow) {
	if len(v.young) >= maxVersions || v.young == nil {
		v.young, v.old = make(map[aggregate]int64), v.young
	}
	of := aggregate{row.AggType, row.AggID}
	v.young[of] = max(row.AggSeq, v.latest(of))
}

// follows says whether an aggregate's event is its first, or comes after one that was met.
func (v *versions) follows(row outboxRow) bool {
	return row.AggSeq == 1 || v.latest(aggregate{row.AggType, row.AggID}) >= row.AggSeq-1
}

func (v *versions) latest(of aggregate) int64 {
	return max(v.young[of], v.old[of])
}
