package client_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

// The tests that use a line run in virtual time against a server that does as it is told.

// line is where a client dials: every connection is one of the test's peers.
type line struct {
	t     *testing.T
	codec wire.Codec
	peers chan *peer
	down  atomic.Bool // nobody can be reached
	dials atomic.Int64
}

var errDown = errors.New("the line is down")

func newLine(t *testing.T) *line { return &line{t: t, peers: make(chan *peer, 10)} }

func (l *line) options() client.Options {
	return client.Options{Codec: l.codec, NetDial: l.dial, Logger: quiet(l.t)}
}

func (l *line) dial(context.Context, string, string) (net.Conn, error) {
	l.dials.Add(1)
	if l.down.Load() {
		return nil, errDown
	}
	here, there := net.Pipe()
	go l.accept(there)
	return here, nil
}

func (l *line) accept(conn net.Conn) {
	p := &peer{t: l.t, codec: l.codec, conn: conn, requests: make(chan *wire.Request, 1000), control: make(chan ws.Frame, 100)}
	u := ws.Upgrader{Protocol: func(b []byte) bool { return string(b) == "parley.v1."+l.codec.String() }}
	if _, err := u.Upgrade(conn); err != nil {
		conn.Close()
		return
	}
	l.peers <- p
	p.read()
}

// client dials, and closes when the test ends.
func (l *line) client(o client.Options) (*client.Client, *peer) {
	l.t.Helper()
	c, err := client.Dial(l.t.Context(), "ws://engine.example/ws", o)
	require.NoError(l.t, err)
	return c, l.peer()
}

// peer waits for the next connection.
func (l *line) peer() *peer {
	l.t.Helper()
	p, ok := <-l.peers
	require.True(l.t, ok)
	return p
}

// peer is the server's side of one connection.
type peer struct {
	t        *testing.T
	codec    wire.Codec
	conn     net.Conn
	requests chan *wire.Request // closed at the end
	control  chan ws.Frame
	mute     atomic.Bool // it does not answer pings
	closing  atomic.Bool // the peer has sent a close frame
}

func (p *peer) read() {
	defer close(p.requests)
	defer p.conn.Close()
	r := bufio.NewReader(p.conn)
	for {
		h, err := ws.ReadHeader(r)
		if err != nil {
			return
		}
		f := ws.Frame{Header: h, Payload: make([]byte, h.Length)}
		if _, err := io.ReadFull(r, f.Payload); err != nil {
			return
		}
		ws.Cipher(f.Payload, h.Mask, 0)
		if f.Header.OpCode.IsControl() {
			p.control <- f
			if f.Header.OpCode == ws.OpPing && !p.mute.Load() {
				_, _ = p.conn.Write(ws.MustCompileFrame(ws.NewPongFrame(f.Payload)))
			}
			if f.Header.OpCode != ws.OpClose {
				continue
			}
			if !p.closing.Load() { // answered in kind
				_, _ = p.conn.Write(ws.MustCompileFrame(ws.NewCloseFrame(f.Payload)))
			}
			return
		}
		q := new(wire.Request)
		if err := wire.Decode(p.codec, f.Payload, q); err != nil {
			p.t.Errorf("the client sent %q: %v", f.Payload, err)
			return
		}
		p.requests <- q
	}
}

// request waits for the client's next request, which must be of that kind.
func (p *peer) request(k wire.Kind) *wire.Request {
	p.t.Helper()
	q, ok := <-p.requests
	require.True(p.t, ok, "the connection is over")
	require.Equal(p.t, k, q.Kind, "%+v", q)
	return q
}

// silent makes sure that the client has nothing more to say for now.
func (p *peer) silent() {
	p.t.Helper()
	synctest.Wait()
	require.Empty(p.t, p.requests)
}

func (p *peer) say(messages ...wire.Message) {
	p.t.Helper()
	for _, m := range messages {
		op := ws.OpText
		if p.codec == wire.Msgpack {
			op = ws.OpBinary
		}
		p.frame(op, m.AppendTo(nil, p.codec))
	}
}

func (p *peer) frame(op ws.OpCode, payload []byte) {
	p.t.Helper()
	p.raw(ws.MustCompileFrame(ws.NewFrame(op, true, payload)))
}

func (p *peer) raw(b []byte) {
	p.t.Helper()
	_, err := p.conn.Write(b)
	require.NoError(p.t, err)
}

// close ends the connection in good order.
func (p *peer) close(code int) {
	p.t.Helper()
	p.closing.Store(true)
	p.frame(ws.OpClose, ws.NewCloseFrameBody(ws.StatusCode(code), "as told"))
	for range p.requests {
	}
}

// cut ends it without a word.
func (p *peer) cut() {
	p.conn.Close()
	for range p.requests {
	}
}

// Messages of room "r".

func joined(id, seq uint64, change ...func(*wire.Joined)) *wire.Joined {
	m := &wire.Joined{
		ID: id, Seq: seq, Room: "r", Epoch: "e1", Count: 2,
		Self:    wire.Self{Member: "me", Key: "k", Since: 2, Profile: str("Me")},
		Members: []wire.Member{{Member: "ada", Profile: str("Ada"), Since: 1, Role: wire.RoleModerator}},
	}
	for _, f := range change {
		f(m)
	}
	return m
}

func recovered(m *wire.Joined) { m.Recovered = true }

func epoch(e string) func(*wire.Joined) { return func(m *wire.Joined) { m.Epoch = e } }

func as(id string) func(*wire.Joined) {
	return func(m *wire.Joined) { m.Self.Member, m.Self.Key = id, "k-"+id }
}

func members(list ...wire.Member) func(*wire.Joined) {
	return func(m *wire.Joined) { m.Members = append([]wire.Member{}, list...) }
}

func member(id string, since uint64) wire.Member {
	return wire.Member{Member: id, Profile: str(id), Since: since}
}

func event(seq uint64) *wire.Event {
	return &wire.Event{Room: "r", Seq: seq, From: "ada", Event: "e", Data: str("")}
}

func change(seq uint64, c wire.Change, id string) *wire.MemberChange {
	m := &wire.MemberChange{Room: "r", Seq: seq, Change: c, Member: id}
	switch c {
	case wire.ChangeJoined:
		m.Profile, m.Since, m.HasRole = str(id), seq, true
	case wire.ChangeLeft:
		m.Reason = "leave"
	}
	return m
}

func str(s string) wire.Value {
	v, err := wire.NewValue(wire.JSON, s)
	if err != nil {
		panic(err)
	}
	return v
}

// enter joins room "r" over p, with the answer given.
func enter(t *testing.T, c *client.Client, p *peer, answer ...func(*wire.Joined)) (*client.Room, *wire.Request) {
	t.Helper()
	type result struct {
		room *client.Room
		err  error
	}
	done := make(chan result, 1)
	go func() {
		room, err := c.Join(t.Context(), "r", client.JoinOptions{Profile: "Me"})
		done <- result{room, err}
	}()
	q := p.request(wire.KindJoin)
	p.say(joined(q.ID, 10, answer...))
	r := <-done
	require.NoError(t, r.err)
	return r.room, q
}

// send sends in the background.
func send(t *testing.T, r *client.Room, event string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := r.Send(t.Context(), event, nil)
		done <- err
	}()
	synctest.Wait()
	return done
}

// seqs collects the numbers of the messages that wait to be read.
func seqs(r *client.Room) []uint64 {
	var list []uint64
	for {
		synctest.Wait()
		select {
		case e := <-r.Events():
			if m, ok := e.(client.Message); ok {
				list = append(list, m.Seq)
			}
		default:
			return list
		}
	}
}
