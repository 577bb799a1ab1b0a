package roomtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// World is a Target for tests that are told step by step.
type World struct {
	testing.TB
	Target
	made int
}

// Peer is one connection whose messages the test reads one by one.
type Peer struct {
	w    *World
	conn *conn
}

// Peer opens a connection; the codecs take turns.
func (w *World) Peer() *Peer {
	w.Helper()
	w.made++
	return w.PeerOf(wire.Codec(w.made % 2))
}

// PeerOf opens a connection of that codec.
func (w *World) PeerOf(c wire.Codec) *Peer {
	w.Helper()
	line, err := w.Dial(c)
	require.NoError(w, err)
	p := &Peer{w: w, conn: &conn{codec: c, line: line, client: &client{name: "peer"}}}
	go p.conn.read()
	w.Cleanup(line.Drop)
	return p
}

// Later lets time pass where it can be moved; where it cannot, what is due then is waited for.
func (w *World) Later(d time.Duration) {
	if w.Advance != nil {
		w.Advance(d)
	}
}

// Do sends a message; fields are names and values in turn.
func (p *Peer) Do(typ string, fields ...any) {
	m := pairs(fields)
	m["type"] = typ
	p.conn.line.Send(Encode(p.conn.codec, m))
}

// Frame sends bytes as they are.
func (p *Peer) Frame(b []byte) { p.conn.line.Send(b) }

// Line is what carries the peer's frames.
func (p *Peer) Line() Line { return p.conn.line }

// On is the peer in another test of the same target.
func (p *Peer) On(w *World) *Peer { return &Peer{w: w, conn: p.conn} }

func pairs(fields []any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(fields); i += 2 {
		m[fields[i].(string)] = fields[i+1]
	}
	return m
}

// Next returns the next message.
func (p *Peer) Next() Msg {
	p.w.Helper()
	var next Msg
	err := p.w.Settle(func() error {
		c := p.conn
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.bad != nil:
			return c.bad
		case len(c.log) == 0 && c.ended:
			return fmt.Errorf("the connection has ended with %d", c.code)
		case len(c.log) == 0:
			return errors.New("no message came")
		}
		next = c.log[0]
		c.log = c.log[1:]
		return nil
	})
	require.NoError(p.w, err)
	return next
}

// Expect returns the next message, of this type and with these fields; a field whose value is
// Absent must not be there. It may have others.
func (p *Peer) Expect(typ string, fields ...any) Msg {
	p.w.Helper()
	m := p.Next()
	require.Equal(p.w, typ, m.Type(), "%v", m)
	for key, want := range pairs(fields) {
		got, there := m[key]
		if want == Absent {
			require.False(p.w, there, "%s of %v", key, m)
			continue
		}
		require.True(p.w, there, "%s of %v", key, m)
		require.True(p.w, samePayload(plain(want), got), "%s of %v, want %v", key, m, want)
	}
	return m
}

// Absent is a field that must not be there.
const Absent = "\x00absent"

// Quiet checks that nothing more has come.
func (p *Peer) Quiet() {
	p.w.Helper()
	p.Do("ping", "id", 999_999)
	p.Expect("pong", "id", 999_999)
}

// Closed waits until the engine has closed the connection, and returns the code.
func (p *Peer) Closed() int {
	p.w.Helper()
	code := 0
	err := p.w.Settle(func() error {
		msgs, c, ended, _ := p.conn.heard()
		if !ended {
			return errors.New("the connection is open")
		}
		if len(msgs) > 0 && !(len(msgs) == 1 && msgs[0].Type() == "bye" && msgs[0]["room"] == nil) {
			return fmt.Errorf("unexpected before the end: %v", msgs)
		}
		code = c
		return nil
	})
	require.NoError(p.w, err)
	return code
}

// Drop cuts the line.
func (p *Peer) Drop() { p.conn.line.Drop() }

// CloseClean closes the line with 1000.
func (p *Peer) CloseClean() { p.conn.line.CloseClean() }

// Join enters a room and returns the answer.
func (p *Peer) Join(room string, fields ...any) Msg {
	p.w.Helper()
	p.Do("join", append([]any{"room", room}, fields...)...)
	return p.Expect("joined", "room", room)
}

// Self is the own membership of a joined.
func (m Msg) Self() Msg {
	self, _ := m["self"].(map[string]any)
	return self
}

// Member is the own member id of a joined, Seq its number.
func (m Msg) Member() string { return m.Self().str("member") }

// Seq is a message's number.
func (m Msg) Seq() int64 { return m.num("seq") }

// Resume is what a resume of this joined says, when seq was the last message received.
func (m Msg) Resume(seq int64) map[string]any {
	return map[string]any{"member": m.Member(), "key": m.Self()["key"], "epoch": m["epoch"], "seq": seq}
}

// roster lists the member ids of a joined.
func (m Msg) roster() []string {
	list, _ := m["members"].([]any)
	ids := []string{}
	for _, v := range list {
		line, _ := v.(map[string]any)
		ids = append(ids, Msg(line).str("member"))
	}
	return ids
}
