package actors

import (
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a system whose rooms run when the test says so, on the test's own goroutine.
type rig struct {
	t   testing.TB
	sys *System

	mu  sync.Mutex // timers schedule from goroutines of their own
	run []Task
}

func (r *rig) Schedule(t Task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run = append(r.run, t)
}

func (r *rig) next() Task {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.run) == 0 {
		return nil
	}
	t := r.run[0]
	r.run = r.run[:copy(r.run, r.run[1:])]
	return t
}

func newRig(t testing.TB, o Options) *rig {
	r := &rig{t: t}
	o.Scheduler = r
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	sys, err := NewSystem(o)
	require.NoError(t, err)
	r.sys = sys
	return r
}

// settle runs rooms until none has anything to do.
func (r *rig) settle() {
	for t := r.next(); t != nil; t = r.next() {
		t.Run()
	}
}

// prefixed is a format for tests: a length, and the message in a codec.
type prefixed struct{ codec wire.Codec }

func (f prefixed) Append(dst []byte, m wire.Message) []byte {
	start := len(dst)
	dst = m.AppendTo(append(dst, 0, 0, 0, 0), f.codec)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// client is a connection and what its client does.
type client struct {
	*rig
	conn  *Conn
	ready atomic.Int64
}

func (c *client) Ready() { c.ready.Add(1) }

func (r *rig) connect() *client { return r.connectAs(ConnOptions{Format: prefixed{wire.JSON}}) }

func (r *rig) connectAs(o ConnOptions) *client {
	c := &client{rig: r}
	o.Transport = c
	c.conn = r.sys.Connect(o)
	return c
}

// say sends one JSON message.
func (c *client) say(message string) {
	c.t.Helper()
	q := NewRequest()
	if err := wire.Decode(wire.JSON, []byte(message), q); err != nil {
		release(q)
		c.conn.Refuse(err.(*wire.Error))
		return
	}
	c.conn.Do(q)
}

type object = map[string]any

// hear settles the rooms and returns what has come for the client since it last heard.
func (c *client) hear() []object {
	c.t.Helper()
	c.settle()
	var stream []byte
	iov := make([][]byte, 0, 3)
	for {
		iov = c.conn.Pending(iov[:0])
		c.settle() // what was held back may have gone to its room
		if len(iov) == 0 {
			break
		}
		n := 0
		for _, b := range iov {
			stream = append(stream, b...)
			n += len(b)
		}
		c.conn.Wrote(n)
	}
	var heard []object
	for len(stream) > 0 {
		n := binary.BigEndian.Uint32(stream)
		var o object
		require.NoError(c.t, json.Unmarshal(stream[4:4+n], &o), "%s", stream[4:4+n])
		heard = append(heard, o)
		stream = stream[4+n:]
	}
	return heard
}

// hearOne expects exactly one message.
func (c *client) hearOne() object {
	c.t.Helper()
	heard := c.hear()
	require.Len(c.t, heard, 1, "%v", heard)
	return heard[0]
}

// join enters a room and returns its answer.
func (c *client) join(room, more string) object {
	c.t.Helper()
	c.say(`{"type":"join","id":1,"room":"` + room + `"` + more + `}`)
	return c.hearOne()
}

func (c *client) selfOf(joined object) (member, key string) {
	c.t.Helper()
	require.Equal(c.t, "joined", joined["type"], "%v", joined)
	self := joined["self"].(object)
	return self["member"].(string), self["key"].(string)
}
