package load

import "github.com/parley-signaling/parley/bench/internal/stamp"

// spans reports whether a room has members in other processes.
func (g *group) spans(room int) bool {
	return room*g.job.Members < g.job.Lo || (room+1)*g.job.Members > g.job.Hi
}

// sliceArrived keeps the latest arrival of a message of a room that spans processes. Such a
// room's messages come one after the other to all of its members, so the entry looked for is
// among the last.
func (g *group) sliceArrived(mark stamp.Stamp, now int64) {
	if !g.has(mark.Intended) {
		return
	}
	list := g.part.Slices
	for i := len(list) - 1; i >= 0; i-- {
		if e := &list[i]; e.Number == mark.Number && e.Publisher == mark.Publisher {
			e.Latency = max(e.Latency, now-mark.Intended)
			return
		}
	}
	g.part.Slices = append(list, SliceEnd{mark.Publisher, mark.Number, now - mark.Intended})
}
