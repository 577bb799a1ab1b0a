package cluster

import (
	"slices"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/parley-signaling/parley/actors"
)

// Version is the protocol's between nodes: records, packets, and the frames of rooms in them. A
// node speaks all versions from leastVersion on; nodes that have none in common do not share a cluster.
const (
	Version      = 3
	leastVersion = 3
)

// versions are those that a node speaks.
type versions struct{ least, most int }

// The bucket's keys.
const (
	keyCharter = "charter"
	keyView    = "view"
	keyLease   = "lease." // and the node's id
)

// charter is written by the first node that ever came, and checked by all others.
type charter struct {
	Proof []byte `msgpack:"proof"`
}

// lease is a node that is there.
type lease struct {
	ID      string `msgpack:"id"`
	Name    string `msgpack:"name"` // for people
	Version int    `msgpack:"version"`
	Least   int    `msgpack:"least"` // the oldest version that it speaks, too
	Leaving bool   `msgpack:"leaving"`
	Beat    uint64 `msgpack:"beat"` // counts renewals
	Proof   []byte `msgpack:"proof"`
}

// speaks tells whether the two nodes have a version in common.
func (l lease) speaks(least, most int) bool { return l.Least <= most && least <= l.Version }

// roll is a view as it stands in the register.
type roll struct {
	Number   uint64   `msgpack:"number"`   // the view's: see number
	Previous uint64   `msgpack:"previous"` // revision of the view before; 0: none
	Nodes    []string `msgpack:"nodes"`    // sorted
	Leaving  []string `msgpack:"leaving"`  // those of Nodes that are about to go
}

// number is that of the view after r: one more, and no less than the milliseconds since 1970, so that it
// grows even where NATS has lost its data.
func (r roll) number(now time.Time) uint64 { return max(r.Number+1, uint64(now.UnixMilli())) }

func (r roll) same(o roll) bool {
	return slices.Equal(r.Nodes, o.Nodes) && slices.Equal(r.Leaving, o.Leaving)
}

// view is what the register says, as rooms understand it.
func (r roll) view() actors.View {
	v := actors.View{Number: r.Number, Leaving: r.Leaving}
	for _, id := range r.Nodes {
		if !slices.Contains(r.Leaving, id) {
			v.Nodes = append(v.Nodes, id)
		}
	}
	return v
}

func (r roll) has(id string) bool { return slices.Contains(r.Nodes, id) }

// encode is for records of fixed types, which always can be encoded.
func encode(record any) []byte {
	b, err := msgpack.Marshal(record)
	if err != nil {
		panic(err)
	}
	return b
}
