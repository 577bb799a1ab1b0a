package gateway

import (
	"sync/atomic"

	"github.com/parley-signaling/parley/actors"
)

// Traffic is what goes through a gateway: counts since New, but for what is now.
type Traffic struct {
	Dialects map[string]int // open WebSocket connections now, by their dialect's name
	Shards   []ShardTraffic
}

// ShardTraffic is what one shard does. It is told at the end of each of its turns.
type ShardTraffic struct {
	Connections int // now, those that are being upgraded included
	Waiting     int // now: connections with output that wait for the next turn

	Turns    uint64
	Messages uint64 // received in WebSocket connections
	Received uint64 // bytes read from sockets
	Writes   uint64 // system calls that wrote
	Written  uint64 // bytes
	Pings    uint64 // sent
}

// Traffic returns the counts of this moment. From anywhere; they may be of moments a little apart.
func (g *Gateway) Traffic() Traffic {
	t := Traffic{Dialects: make(map[string]int, len(g.stats.dialects)), Shards: make([]ShardTraffic, len(g.shards))}
	for name, n := range g.stats.dialects {
		t.Dialects[name] = int(n.Load())
	}
	for i, s := range g.shards {
		t.Shards[i] = s.told.load()
	}
	return t
}

// Scheduler is the i-th shard as it runs rooms, to tell which one runs a room.
func (g *Gateway) Scheduler(i int) actors.Scheduler { return g.shards[i] }

// told is a shard's ShardTraffic for others to read.
type told struct {
	connections, waiting                              atomic.Int64
	turns, messages, received, writes, written, pings atomic.Uint64
}

func (t *told) load() ShardTraffic {
	return ShardTraffic{
		Connections: int(t.connections.Load()), Waiting: int(t.waiting.Load()),
		Turns: t.turns.Load(), Messages: t.messages.Load(), Received: t.received.Load(),
		Writes: t.writes.Load(), Written: t.written.Load(), Pings: t.pings.Load(),
	}
}

// tellTraffic ends a turn: to count in plain numbers and show them once costs a message nothing.
func (s *shard) tellTraffic() {
	f, t := &s.flow, &s.told
	f.Turns++
	f.Connections, f.Waiting = s.live, len(s.dirty)-s.done
	t.connections.Store(int64(f.Connections))
	t.waiting.Store(int64(f.Waiting))
	t.turns.Store(f.Turns)
	t.messages.Store(f.Messages)
	t.received.Store(f.Received)
	t.writes.Store(f.Writes)
	t.written.Store(f.Written)
	t.pings.Store(f.Pings)
}
