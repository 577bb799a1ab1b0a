package gateway

import (
	"sync/atomic"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/poll"
	"github.com/parley-signaling/parley/gateway/quota"
)

// A socket goes through these states, never back. From each it can go to stateGone.
const (
	stateHead    uint8 = iota // the request's head is coming
	stateTurned               // it may not come in: as soon as it says anything, it is refused
	stateRefused              // an HTTP answer goes out, then everything is read past until the peer closes
	stateOpen                 // WebSocket
	stateClosing              // our side ends it: what is queued, then a close frame goes out; input is read past
	stateClosed               // the peer has sent its close frame: ours goes out, and that is all
	stateGone                 // closed; what still points here must let go
)

// socket is one connection. An idle one is this struct, its actor and its slot; buffers hang
// on it only while something is incomplete.
type socket struct {
	// Static after construction
	shard    *shard
	slot     uint32
	gen      uint32 // tells apart the sockets that use a slot one after the other
	roomless bool   // the dialect does not mind a connection without a room
	turned   bool   // it was never counted in the quota, but in shard.turned

	// Owned by the shard
	state   uint8
	full    bool // the kernel took less than there was: waiting to be writable
	cut     bool // the actor's oldest piece of output is written in part
	blocked bool // a request waits for a full room: not read from
	waiting bool // in shard.again, for its next turn to parse what is stashed
	pinged  bool // a ping went out and nothing was heard since
	said    bool // our close frame is in out, or was
	last    bool // what is queued may go out once more, before our close frame
	answer  bool // all is written, and only the answer to our close frame is waited for
	clean   bool // the client closed with 1000
	ending  Ending
	conn    poll.Conn
	actor   *actors.Conn // nil during the upgrade
	session dialect.Session
	in      *reader // nil where nothing incomplete was received
	out     []byte  // our own frames, or the HTTP answer: unwritten. Its bytes may be shared: never changed, capacity clipped
	pongs   uint32  // from here on out is whole pongs
	timer   deadline
	key     quota.Key // what it counts as

	// From any goroutine
	queued atomic.Bool // in the shard's dirty queue, or on its way there
}

var (
	_ actors.Transport = (*socket)(nil)
	_ actors.Opener    = (*socket)(nil)
)

// Ready implements actors.Transport.
func (k *socket) Ready() {
	if !k.queued.Load() && !k.queued.Swap(true) {
		k.shard.pushDirty(k)
	}
}

// MayOpenRoom implements actors.Opener.
func (k *socket) MayOpenRoom() bool { return k.shard.g.o.Quota.OpenRoom(k.key) }

func (k *socket) token() uint64 { return uint64(k.slot) | uint64(k.gen)<<32 }
