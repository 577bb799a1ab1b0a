package actors

import (
	"encoding/binary"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// inert is a node of a cluster of two without goroutines, links or time: what is to be run waits
// until it is, and what the node says goes nowhere, or to where the test has it go.
type inert struct {
	sys   *System
	id    string
	tasks []Task
	said  func(to string, frame []byte)
}

func (d *inert) Self() string { return d.id }
func (d *inert) Held() bool   { return true }
func (d *inert) Send(to string, frame []byte) bool {
	if d.said != nil {
		d.said(to, frame)
	}
	return true
}
func (d *inert) Schedule(t Task)                       { d.tasks = append(d.tasks, t) }
func (d *inert) Now() time.Time                        { return time.Unix(1e9, 0) }
func (d *inert) AfterFunc(time.Duration, func()) Alarm { return never{} }
func (d *inert) Ready()                                {}

type never struct{}

func (never) Reset(time.Duration) bool { return true }
func (never) Stop() bool               { return true }

func newInert(tb testing.TB, id string) *inert {
	d := &inert{id: id}
	sys, err := NewSystem(Options{
		Cluster: d, Scheduler: d, Clock: d, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), RoomCapacity: 8,
	})
	require.NoError(tb, err)
	d.sys = sys
	return d
}

// run does what is to be done, and what comes of it.
func (d *inert) run() (any bool) {
	for len(d.tasks) > 0 {
		t := d.tasks[0]
		d.tasks = d.tasks[1:]
		t.Run()
		any = true
	}
	return any
}

// fuzzFormat is JSON without frames.
type fuzzFormat struct{}

func (fuzzFormat) Append(dst []byte, m wire.Message) []byte { return m.AppendTo(dst, wire.JSON) }

func (d *inert) connect() *Conn {
	return d.sys.Connect(ConnOptions{Format: fuzzFormat{}, Transport: d, Scheduler: d})
}

// demand has a connection ask for something, in the form in which it would come.
func demand(tb testing.TB, c *Conn, q *wire.Request) {
	mine := NewRequest()
	require.NoError(tb, wire.Decode(wire.JSON, wire.AppendRequest(nil, wire.JSON, q), mine))
	c.Do(mine)
}

// talk has two nodes speak until both are silent.
func talk(a, b *inert) {
	for a.run() || b.run() {
	}
}

var fuzzView = View{Number: 1, Nodes: []string{"a", "b"}}

// fuzzRooms finds a room of each node.
func fuzzRooms() (mine, theirs string) {
	for i := byte('a'); mine == "" || theirs == ""; i++ {
		name := string([]byte{i})
		if fuzzView.owner(roomKey{name: name}) == "a" {
			mine = name
		} else {
			theirs = name
		}
	}
	return mine, theirs
}

// conversation is what node b says to node a as all kinds of things happen.
func conversation(tb testing.TB) (frames [][]byte) {
	a, b := newInert(tb, "a"), newInert(tb, "b")
	a.said = func(_ string, f []byte) { b.sys.Take("a", f) }
	b.said = func(_ string, f []byte) {
		frames = append(frames, f)
		a.sys.Take("b", f)
	}
	a.sys.Adopt(fuzzView)
	b.sys.Adopt(fuzzView)
	talk(a, b)
	mine, theirs := fuzzRooms()
	value := wire.Value{Bytes: []byte(`{"x":1}`)}
	for i, room := range []string{mine, theirs} {
		var conns []*Conn
		for _, d := range []*inert{a, b, b} {
			c := d.connect()
			conns = append(conns, c)
			nonce := "0123456789abcdef" + string(rune('0'+len(conns)))
			demand(tb, c, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: room, Nonce: nonce, Profile: value, Hidden: len(conns) == 3})
			talk(a, b)
		}
		again := b.connect() // takes over, with what was missed
		demand(tb, again, &wire.Request{Kind: wire.KindJoin, ID: 9, Room: room, Nonce: "0123456789abcdef2"})
		talk(a, b)
		for j, c := range conns {
			demand(tb, c, &wire.Request{Kind: wire.KindSend, ID: 2, Room: room, Event: "e", Data: value})
			demand(tb, c, &wire.Request{Kind: wire.KindUpdate, ID: 3, Room: room, Profile: value})
			demand(tb, c, &wire.Request{Kind: wire.KindLock, ID: 4, Room: room, Locked: j == 0})
			talk(a, b)
		}
		home := []*inert{a, b}[i]
		require.NoError(tb, home.sys.Do(room, func(r *Room) { require.NoError(tb, r.Kick(r.Members()[1].ID, "")) }))
		talk(a, b)
		again.Ended(false)
		conns[2].Ended(i == 0)
		talk(a, b)
	}
	leaving := View{Number: 2, Nodes: []string{"a"}, Leaving: []string{"b"}}
	a.sys.Adopt(leaving)
	b.sys.Adopt(leaving)
	talk(a, b)
	return frames
}

// FuzzFrames: whatever another node says, nobody here panics.
func FuzzFrames(f *testing.F) {
	all := []byte{0}
	for _, frame := range conversation(f) {
		one := append(binary.BigEndian.AppendUint16(nil, uint16(len(frame))), frame...)
		f.Add(append([]byte{0}, one...))
		f.Add(append([]byte{1}, one...))
		all = append(all, one...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		d := newInert(t, "a")
		d.sys.Adopt(fuzzView)
		if b[0]&1 == 0 { // else the rooms are still to come
			d.sys.Take("b", frame{kind: frameDone, view: 1}.append(nil))
		}
		b = b[1:]
		mine, theirs := fuzzRooms()
		c := d.connect()
		for _, room := range []string{mine, theirs} {
			demand(t, c, &wire.Request{Kind: wire.KindJoin, ID: 1, Room: room})
		}
		d.run()
		for len(b) > 2 {
			n := min(int(binary.BigEndian.Uint16(b)), len(b)-2)
			one := known(d, b[2:][:n])
			b = b[2+n:]
			d.sys.Take("b", one)
			d.run()
			c.Pending(make([][]byte, 0, 4))
		}
		d.sys.Take("b", frame{kind: frameDone, view: 1}.append(nil))
		d.run()
		d.sys.Adopt(View{Number: 2, Nodes: []string{"a"}})
		d.run()
		require.Zero(t, d.sys.Stats().Panics)
	})
}

// known has a frame be of the view, and about the life of a relay that is there, which nobody can guess.
func known(d *inert, b []byte) []byte {
	p := parcel{b: b}
	f := p.frame()
	f.view = min(f.view, 1)
	r := d.sys.rooms[f.key]
	if p.bad || r == nil || f.kind == frameDone || f.kind == frameAnswer {
		return append(f.append(nil), p.b...)
	}
	switch f.kind {
	case frameDown, frameMoved, frameUnknown, frameReset:
		if y := r.link.relay; y != nil {
			f.life = y.life
		}
	case frameLetters, frameGone:
		if e := r.link.peers["b"]; e != nil {
			f.life = e.life
		}
	}
	return append(f.append(nil), p.b...)
}
