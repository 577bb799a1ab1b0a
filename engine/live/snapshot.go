package live

import (
	"runtime/metrics"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
)

// mostRooms is how many rooms are in a picture.
const mostRooms = 60

// Snapshot is an engine at one moment. What is called a total counts since the start.
type Snapshot struct {
	Node    string `json:"node"` // its id: another one after each start
	Name    string `json:"name"` // its host's, or the one it was given
	At      int64  `json:"at"`   // Unix time, in milliseconds
	Version string `json:"version"`
	Started int64  `json:"started"` // likewise
	State   string `json:"state"`

	Connections map[string]int `json:"connections"` // by dialect; Parley's own is ""
	Rooms       int            `json:"rooms"`
	Members     int            `json:"members"`
	Allocations int            `json:"allocations"` // relayed by TURN

	Totals   Totals    `json:"totals"`
	Handover Handover  `json:"handover"`
	Peaks    Peaks     `json:"peaks"`
	Process  Process   `json:"process"`
	Shards   []Shard   `json:"shards"`  // of all gateways, one after the other
	Largest  []RoomDot `json:"largest"` // rooms with the most members
}

// Totals count since the start.
type Totals struct {
	Received  uint64 `json:"received"`  // messages
	Delivered uint64 `json:"delivered"` // to each receiver
	BytesIn   uint64 `json:"bytesIn"`
	BytesOut  uint64 `json:"bytesOut"`
	Joined    uint64 `json:"joined"`
	Resumed   uint64 `json:"resumed"`
	Suspended uint64 `json:"suspended"`
	Upgraded  uint64 `json:"upgraded"`
	Refused   uint64 `json:"refused"`  // sockets turned away
	Answered  uint64 `json:"answered"` // requests answered with an error
	Dropped   uint64 `json:"dropped"`  // messages
	Cut       uint64 `json:"cut"`      // connections beyond a bound
	Panics    uint64 `json:"panics"`
}

// Handover is how long messages wait, as totals of durations: bucket i has those of up to 2^i µs.
type Handover struct {
	Room       []uint64 `json:"room"`
	Connection []uint64 `json:"connection"`
}

// Peaks are the most letters that were found in a mailbox lately.
type Peaks struct {
	Room       int `json:"room"`
	Connection int `json:"connection"`
}

// Process is what the engine uses.
type Process struct {
	CPU        float64 `json:"cpu"`    // seconds since the start; 0 where that is not known
	Memory     uint64  `json:"memory"` // bytes that Go has from the system
	Goroutines uint64  `json:"goroutines"`
}

// Shard is an event loop.
type Shard struct {
	Connections int    `json:"connections"`
	Waiting     int    `json:"waiting"` // connections whose output waits for the next turn
	Turns       uint64 `json:"turns"`
	Messages    uint64 `json:"messages"` // received
}

// RoomDot is a room in a picture.
type RoomDot struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Members   int    `json:"members"`
	Mailbox   int    `json:"mailbox"`
	Seq       uint64 `json:"seq"`
	Shard     int    `json:"shard"` // that runs it; -1: goroutines of its own
}

// Snapshot is the engine at this moment.
func (h *Handler) Snapshot() *Snapshot { return h.o.Snapshot() }

// Snapshot looks at the parts.
func (o *Options) Snapshot() *Snapshot {
	stats, traffic := o.System.Stats(), o.System.Traffic()
	s := &Snapshot{
		Node: o.Node(), Name: o.Name, At: time.Now().UnixMilli(), Version: o.Version, Started: o.Started.UnixMilli(), State: o.State(),
		Connections: map[string]int{}, Rooms: stats.Rooms, Members: stats.Members, Allocations: o.Allocations(),
		Handover: Handover{traffic.RoomWait.Counts[:], traffic.ConnectionWait.Counts[:]},
		Peaks:    Peaks{traffic.RoomPeak, traffic.ConnectionPeak},
		Process:  process(),
		Shards:   []Shard{}, Largest: []RoomDot{},
	}
	s.Totals = Totals{
		Delivered: traffic.Delivered, Joined: traffic.Joined, Suspended: traffic.Suspended,
		Resumed: traffic.Recovered + traffic.Restarted, Panics: stats.Panics,
		Answered: sum(stats.Refused[:]), Dropped: sum(stats.Dropped[:]), Cut: sum(stats.Cut[:]),
	}
	shards := map[actors.Scheduler]int{}
	for _, g := range o.Gateways() {
		s.addGateway(g, shards)
	}
	for _, r := range o.System.Glances(mostRooms) {
		on, ok := shards[r.Scheduler]
		if !ok {
			on = -1
		}
		s.Largest = append(s.Largest, RoomDot{r.Namespace, r.Name, r.Members, r.Mailbox, r.Seq, on})
	}
	return s
}

func (s *Snapshot) addGateway(g *gateway.Gateway, shards map[actors.Scheduler]int) {
	stats, traffic := g.Stats(), g.Traffic()
	s.Totals.Upgraded += stats.Upgraded
	s.Totals.Panics += stats.Panics
	s.Totals.Refused += sum(stats.Refused[:])
	for name, n := range traffic.Dialects {
		s.Connections[name] += n
	}
	for i, t := range traffic.Shards {
		shards[g.Scheduler(i)] = len(s.Shards)
		s.Shards = append(s.Shards, Shard{t.Connections, t.Waiting, t.Turns, t.Messages})
		s.Totals.Received += t.Messages
		s.Totals.BytesIn += t.Received
		s.Totals.BytesOut += t.Written
	}
}

func sum(counts []uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

func process() Process {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/sched/goroutines:goroutines"},
	}
	metrics.Read(samples)
	return Process{
		CPU:        processorTime().Seconds(),
		Memory:     samples[0].Value.Uint64() - samples[1].Value.Uint64(),
		Goroutines: samples[2].Value.Uint64(),
	}
}
