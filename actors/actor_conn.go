package actors

import (
	"encoding/binary"
	"strings"
	"sync"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors/wire"
)

// maxAsked is how many requests of a Hollywood actor may wait.
const maxAsked = 1024

// Disconnected is the last message to a Hollywood actor that is connected.
type Disconnected struct{ Close Close }

// ConnectActor makes a connection whose client is a Hollywood actor, a bot: it joins rooms and
// is a member as others are. The PID returned is the connection's.
//
// What the bot sends there as *wire.Request is carried out, by the rules for every client: one
// that breaks a limit is answered with a *wire.Error. The bot is sent what clients are told, as
// *wire.Joined, *wire.Event and so on, with the connection as the sender; the messages and
// their values are shared and must not be changed. The last one is Disconnected.
//
// The connection ends, and its members leave, when the bot stops (if it lives in this engine),
// with Engine.Stop or Engine.Poison of the connection, and with the system. A bot that is
// restarted keeps its PID and so its connection. Output waits in the bot's inbox, which
// Hollywood does not bound. ErrClosed.
func (s *System) ConnectActor(client *actor.PID, namespace string) (*actor.PID, error) {
	a := &actorConn{sys: s, client: client}
	if err := s.bots.add(s, a); err != nil {
		return nil, err
	}
	conn := s.Connect(ConnOptions{Namespace: namespace, Format: actorFormat{}, Transport: a, Ephemeral: true})
	a.mu.Lock()
	a.conn = conn
	a.mu.Unlock()
	if kind, id, _ := strings.Cut(client.ID, "/"); client.Address == s.engine.Address() && s.engine.Registry.GetPID(kind, id) == nil {
		a.end() // it stopped before anybody watched
	}
	return conn.PID(), nil
}

// actorConn carries a connection's messages to and from a Hollywood actor. Whatever there is
// to do is done by one goroutine, which lives only as long as there is something.
type actorConn struct {
	// Static after construction
	sys    *System
	client *actor.PID
	conn   *Conn

	// Guarded by mu
	mu     sync.Mutex
	asked  fifo[asked]
	awake  bool // the goroutine runs
	more   bool // it has to look again
	ending bool // the actor has stopped
	over   bool
}

// asked is a request, or why it is none.
type asked struct {
	req *wire.Request
	err *wire.Error
}

var _ Transport = (*actorConn)(nil)

// Ready implements Transport.
func (a *actorConn) Ready() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wake()
}

// wake is under mu.
func (a *actorConn) wake() {
	a.more = true
	if !a.awake && !a.over {
		a.awake = true
		a.sys.options.Go(a.run)
	}
}

// end has the connection ended.
func (a *actorConn) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ending = true
	a.wake()
}

// ask takes a request; it belongs to its sender.
func (a *actorConn) ask(q *wire.Request) {
	mine := NewRequest()
	v := asked{req: mine}
	if err := wire.Decode(wire.JSON, wire.AppendRequest(nil, wire.JSON, q), mine); err != nil {
		release(mine)
		v = asked{err: err.(*wire.Error)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked.len() <= maxAsked { // one more says that it was too many
		a.asked.push(v)
	}
	a.wake()
}

// next is the next request, if it may be carried out now, and false where nothing is to do.
func (a *actorConn) next() (v asked, tooMany, ending, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked.len() > 0 && !a.conn.Blocked() {
		tooMany = a.asked.len() > maxAsked
		return a.asked.pop(), tooMany, a.ending, true
	}
	if !a.more {
		a.awake = false
		return asked{}, false, false, false
	}
	a.more = false
	return asked{}, false, a.ending, true
}

func (a *actorConn) run() {
	for {
		v, tooMany, ending, ok := a.next()
		switch {
		case !ok:
			return
		case ending:
			a.conn.Close(Close{Code: CloseNormal, Reason: "the actor has stopped"})
		case tooMany:
			a.conn.Close(Close{Code: CloseOverloaded, Reason: "too many requests wait"})
		case v.err != nil:
			a.conn.Refuse(v.err)
		case v.req != nil:
			a.conn.Do(v.req)
		}
		a.deliver()
		if cl, closing := a.conn.Closing(); closing {
			a.finish(cl)
			return
		}
	}
}

// deliver sends what is pending.
func (a *actorConn) deliver() {
	var few [16][]byte
	for {
		iov := a.conn.Pending(few[:0])
		if len(iov) == 0 {
			return
		}
		n := 0
		for _, b := range iov {
			n += len(b)
			for len(b) > 0 {
				size := binary.BigEndian.Uint32(b)
				if m, err := wire.DecodeMessage(wire.JSON, b[4:4+size]); err == nil {
					a.sys.engine.SendWithSender(a.client, m, a.conn.PID())
				}
				b = b[4+size:]
			}
		}
		a.conn.Wrote(n)
	}
}

func (a *actorConn) finish(cl Close) {
	a.mu.Lock()
	a.over = true
	for a.asked.len() > 0 {
		if v := a.asked.pop(); v.req != nil {
			release(v.req)
		}
	}
	a.mu.Unlock()
	a.conn.Ended(true)
	a.sys.engine.SendWithSender(a.client, Disconnected{cl}, a.conn.PID())
	a.sys.bots.remove(a)
}

// actorFormat is JSON with its length before it, in 4 bytes.
type actorFormat struct{}

// Append implements Format.
func (actorFormat) Append(dst []byte, m wire.Message) []byte {
	start := len(dst)
	dst = m.AppendTo(append(dst, 0, 0, 0, 0), wire.JSON)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}
