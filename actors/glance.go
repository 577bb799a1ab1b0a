package actors

import (
	"cmp"
	"runtime"
	"slices"
	"sync/atomic"
)

// Glance is a room as it can be seen from outside, without waiting for its turn.
type Glance struct {
	RoomName
	Members   int    // after its last turn
	Seq       uint64 // likewise: the number of the last message
	Mailbox   int    // letters that wait
	Scheduler Scheduler
}

// glances is how many rooms are looked at for one Glances.
const glances = 20_000

// Glances returns up to most rooms that live here, those with the most members first. It looks at no more than
// 20,000 rooms, which ones chance decides, in small steps: it is meant for pictures.
func (s *System) Glances(most int) []Glance {
	var found []Glance
	first := func() {
		slices.SortFunc(found, func(a, b Glance) int {
			return cmp.Or(cmp.Compare(b.Members, a.Members), a.Compare(b.RoomName))
		})
		found = found[:min(len(found), most)]
	}
	n := 0
	s.mu.Lock()
	for k, r := range s.rooms {
		if n++; n > glances {
			break
		}
		if n%listBatch == 0 {
			s.mu.Unlock()
			runtime.Gosched()
			s.mu.Lock()
		}
		if r.outside.relay.Load() { // it lives elsewhere
			continue
		}
		found = append(found, Glance{
			RoomName: RoomName{k.namespace, k.name}, Members: int(r.outside.members.Load()), Seq: r.outside.seq.Load(),
			Scheduler: r.scheduler,
		})
		if len(found) >= max(2*most, 1024) {
			first()
		}
	}
	s.mu.Unlock()
	first()
	for i := range found {
		found[i].Mailbox, _ = s.RoomNow(found[i].RoomName)
	}
	return found
}

// outside is what a room shows of itself at the end of each turn.
type outside struct {
	members atomic.Int32
	seq     atomic.Uint64
	relay   atomic.Bool // the room itself lives elsewhere, or nobody knows yet where
}

func (r *Room) show() {
	if n := int32(len(r.members)); r.outside.members.Load() != n {
		r.outside.members.Store(n)
	}
	if r.outside.seq.Load() != r.seq {
		r.outside.seq.Store(r.seq)
	}
	r.countRelay(!r.home())
}

// countRelay keeps count of the rooms that only stand for one of another node. What has ended is none.
func (r *Room) countRelay(is bool) {
	switch {
	case r.outside.relay.Load() == is:
	case is:
		r.outside.relay.Store(true)
		r.sys.relays.Add(1)
	default:
		r.outside.relay.Store(false)
		r.sys.relays.Add(-1)
	}
}
