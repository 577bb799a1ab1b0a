package actors_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// many is a cluster of which each node's system was prepared in the same way.
type many struct {
	*testing.T
	options actors.Options
	net     *clustertest.Network
	nodes   []*clustertest.Node
	delay   atomic.Int64 // of a frame
}

func cluster(t *testing.T, nodes int, prepare func(int, *actors.System), test func(r *many)) {
	clusterOf(t, actors.Options{}, nodes, prepare, test)
}

func clusterOf(t *testing.T, o actors.Options, nodes int, prepare func(int, *actors.System), test func(r *many)) {
	synctest.Test(t, func(t *testing.T) {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
		r := &many{T: t, options: o, net: clustertest.New()}
		for range nodes {
			r.newNode(prepare)
		}
		r.net.Join(r.nodes...)
		synctest.Wait()
		test(r)
		for _, n := range r.nodes {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			require.NoError(t, n.System.Close(ctx), actors.Dump(n.System))
			cancel()
		}
		time.Sleep(time.Minute)
	})
}

// newNode makes one more node, which is not in the cluster.
func (r *many) newNode(prepare func(int, *actors.System)) *clustertest.Node {
	node := r.net.NewNode()
	o := r.options
	o.Cluster = node
	sys, err := actors.NewSystem(o)
	require.NoError(r, err)
	node.System = sys
	if prepare != nil {
		prepare(len(r.nodes), sys)
	}
	r.nodes = append(r.nodes, node)
	return node
}

// visitor is a client on one node.
type visitor struct {
	*many
	line roomtest.Line
	room string
	self wire.Self
}

func (r *many) visitor(node int, room string) *visitor {
	g := r.comer(node, room)
	g.joined()
	return g
}

// comer is a visitor that has asked to come in.
func (r *many) comer(node int, room string) *visitor {
	g := &visitor{many: r, line: roomtest.NewLine(r.nodes[node].System, wire.JSON, 1), room: room}
	g.say(&wire.Request{Kind: wire.KindJoin, ID: 1})
	return g
}

func (g *visitor) joined() {
	g.Helper()
	j, ok := g.hear().(*wire.Joined)
	require.True(g, ok)
	g.self = j.Self
}

func (g *visitor) say(q *wire.Request) {
	q.Room = g.room
	g.line.Send(wire.AppendRequest(nil, wire.JSON, q))
	synctest.Wait()
}

func (g *visitor) hear() wire.Message {
	g.Helper()
	frame, code, ok := g.line.Recv()
	require.True(g, ok, "closed with %d", code)
	m, err := wire.DecodeMessage(wire.JSON, frame)
	require.NoError(g, err)
	return m
}

func text(s string) wire.Value { return wire.Value{Bytes: fmt.Appendf(nil, "%q", s)} }

func probe(_ int, sys *actors.System) {
	sys.Handle("", "probe", func(room *actors.Room, data []byte) ([]byte, error) { return data, nil })
}

// TestANodeDies: whoever is connected elsewhere stays connected, and is told of a new epoch.
func TestANodeDies(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		room := r.owned(0)
		dead, b, c := r.visitor(0, room), r.visitor(1, room), r.visitor(2, room)
		dead.hear()
		dead.hear()
		b.hear()
		require.Equal(r, wire.RoleModerator, dead.self.Role)
		c.say(&wire.Request{Kind: wire.KindSend, ID: 7, Event: "e", Data: text("before")})
		require.Equal(r, text("before"), b.hear().(*wire.Event).Data)
		require.Equal(r, "before", mustText(r, dead.hear()))
		ok := c.hear().(*wire.OK)
		r.net.Silence(r.nodes[0])
		dead.line.Drop()
		c.say(&wire.Request{Kind: wire.KindSend, ID: 8, Event: "e", Data: text("lost")})
		r.net.Expire(r.nodes[0])
		synctest.Wait()
		jb, jc := b.hear().(*wire.Joined), c.hear().(*wire.Joined)
		for _, j := range []*wire.Joined{jb, jc} {
			require.Zero(r, j.ID)
			require.False(r, j.Recovered)
			require.Equal(r, 2, j.Count)
			require.Len(r, j.Members, 1)
			require.Equal(r, jb.Epoch, j.Epoch)
		}
		require.Equal(r, wire.RoleModerator, jb.Self.Role, "the one with the smallest since")
		require.Equal(r, []string{b.self.Member, b.self.Key, c.self.Member, c.self.Key},
			[]string{jb.Self.Member, jb.Self.Key, jc.Self.Member, jc.Self.Key})
		require.Equal(r, c.self.Since, jc.Self.Since)
		c.say(&wire.Request{Kind: wire.KindSend, ID: 9, Event: "e", Data: text("after")})
		e := b.hear().(*wire.Event)
		require.Equal(r, text("after"), e.Data, "what was on its way to the dead node is not said again")
		require.Greater(r, e.Seq, jb.Seq)
		require.NotZero(r, ok.Seq)
		require.EqualValues(r, 9, c.hear().(*wire.OK).ID)
	})
}

// TestALeaseInDoubt: a node whose lease may be gone says nothing; it goes on where it is good.
func TestALeaseInDoubt(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.owned(0)
		a, b := r.visitor(0, room), r.visitor(1, room)
		a.hear()
		r.nodes[0].Hold(false)
		heard := make(chan wire.Message, 1)
		go func() { heard <- b.hear() }()
		a.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e", Data: text("wait")})
		time.Sleep(time.Second)
		synctest.Wait()
		select {
		case m := <-heard:
			r.Fatalf("said without a lease: %v", m)
		default:
		}
		r.nodes[0].Hold(true)
		require.Equal(r, text("wait"), (<-heard).(*wire.Event).Data)
		require.EqualValues(r, 2, a.hear().(*wire.OK).ID)
	})
}

// TestACutLink: who was on the other side comes back, and has missed nothing.
func TestACutLink(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.owned(0)
		a, b := r.visitor(0, room), r.visitor(1, room)
		a.hear()
		r.net.Cut(r.nodes[0], r.nodes[1])
		synctest.Wait()
		require.Equal(r, wire.ChangeSuspended, a.hear().(*wire.MemberChange).Change)
		require.Equal(r, actors.CloseOverloaded, b.hear().(*wire.Bye).Code)
		a.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e", Data: text("missed")})
		ok := a.hear().(*wire.OK)
		again := &visitor{many: r, line: roomtest.NewLine(r.nodes[1].System, wire.Msgpack, 1), room: room}
		again.line.Send(wire.AppendRequest(nil, wire.Msgpack, &wire.Request{
			Kind: wire.KindJoin, Room: room, Resume: &wire.Resume{Member: b.self.Member, Key: b.self.Key, Seq: ok.Seq - 2},
		}))
		frame, _, _ := again.line.Recv()
		m, err := wire.DecodeMessage(wire.Msgpack, frame)
		require.NoError(r, err)
		require.Equal(r, b.self.Member, m.(*wire.Joined).Self.Member)
	})
}

// TestABehaviourMoves: it begins again where the room goes, with who is there and what it carries.
func TestABehaviourMoves(t *testing.T) {
	type run struct {
		node    int
		members int
		carried string
	}
	runs := make(chan run, 8)
	stopped := make(chan int, 8)
	prepare := func(node int, sys *actors.System) {
		probe(node, sys)
		require.NoError(t, sys.Behavior("room-*", func(co *actors.Co, room *actors.Room) error {
			runs <- run{node, room.Len(), string(room.Carried())}
			room.Hook(actors.Hooks{Join: func(j *actors.Join) error {
				if j.Wanted == "" && room.Len() > 0 && room.Locked() {
					return actors.ErrHold
				}
				return nil
			}})
			for {
				e, err := co.Recv()
				if err != nil {
					stopped <- node
					return err
				}
				if e.Kind == actors.Sent {
					_ = room.Carry(e.Data.Bytes)
				}
			}
		}))
	}
	cluster(t, 2, prepare, func(r *many) {
		room := r.owned(0)
		for len(runs) > 0 {
			<-runs
		}
		for len(stopped) > 0 {
			<-stopped
		}
		a := r.visitor(1, room)
		require.Equal(r, run{0, 0, ""}, <-runs)
		a.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e", Data: text("luggage")})
		a.hear()
		r.net.Leave(r.nodes[0])
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		synctest.Wait()
		require.Equal(r, 0, <-stopped)
		require.Equal(r, run{1, 1, `"luggage"`}, <-runs)
		a.say(&wire.Request{Kind: wire.KindSend, ID: 2, Event: "e", Data: text("luggage")})
		ok := a.hear().(*wire.OK)
		require.EqualValues(r, 2, ok.Seq, "answered as before: it was carried out there")
		require.Len(r, stopped, 0)
	})
}

// TestInvoke reaches a room from any node, and tells errors apart.
func TestInvoke(t *testing.T) {
	prepare := func(node int, sys *actors.System) {
		probe(node, sys)
		sys.Handle("", "where", func(room *actors.Room, data []byte) ([]byte, error) {
			return fmt.Appendf(nil, "%d %s %s", node, room.Name(), data), nil
		})
		sys.HandleLiving("", "members", func(room *actors.Room, _ []byte) ([]byte, error) {
			return fmt.Appendf(nil, "%d", room.Len()), nil
		})
		sys.Handle("", "no", func(*actors.Room, []byte) ([]byte, error) {
			return nil, &wire.Error{Code: wire.RoomFull, Message: "no"}
		})
		sys.Handle("", "fails", func(*actors.Room, []byte) ([]byte, error) { return nil, fmt.Errorf("out of paper") })
	}
	cluster(t, 2, prepare, func(r *many) {
		room := r.owned(0)
		for node := range 2 {
			sys := r.nodes[node].System
			b, err := sys.Invoke(r.Context(), "", room, "where", []byte("x"))
			require.NoError(r, err)
			require.Equal(r, "0 "+room+" x", string(b))
			_, err = sys.Invoke(r.Context(), "", room, "members", nil)
			require.ErrorIs(r, err, actors.ErrNoRoom)
			_, err = sys.Invoke(r.Context(), "", room, "no", nil)
			var refused *wire.Error
			require.ErrorAs(r, err, &refused)
			require.Equal(r, wire.RoomFull, refused.Code)
			_, err = sys.Invoke(r.Context(), "", room, "fails", nil)
			require.EqualError(r, err, "out of paper")
			_, err = sys.Invoke(r.Context(), "", room, "unheard of", nil)
			require.ErrorContains(r, err, actors.ErrNoHandler.Error())
		}
		require.ErrorIs(r, r.nodes[1].System.Visit("", room, nil), actors.ErrElsewhere)
		g := r.visitor(1, room)
		b, err := r.nodes[1].System.Invoke(r.Context(), "", room, "members", nil)
		require.NoError(r, err)
		require.Equal(r, "1", string(b))
		require.ErrorIs(r, r.nodes[1].System.Do(room, nil), actors.ErrElsewhere)
		g.line.Drop()
		r.net.Silence(r.nodes[0])
		done := make(chan error)
		go func() {
			_, err := r.nodes[1].System.Invoke(r.Context(), "", room, "where", nil)
			done <- err
		}()
		synctest.Wait()
		r.net.Expire(r.nodes[0])
		require.ErrorIs(r, <-done, actors.ErrLost)
	})
}

// TestBytesGrowWithNodes: a broadcast crosses once to each node, however many members are there.
func TestBytesGrowWithNodes(t *testing.T) {
	perBroadcast := func(members int) (frames, bytes int) {
		cluster(t, 2, probe, func(r *many) {
			room := r.owned(0)
			speaker := r.visitor(0, room)
			lines := []roomtest.Line{}
			for i := range members - 1 {
				l := roomtest.NewLine(r.nodes[(i+1)%2].System, wire.JSON, 1)
				l.Send(wire.AppendRequest(nil, wire.JSON, &wire.Request{Kind: wire.KindJoin, Room: room}))
				lines = append(lines, l)
			}
			synctest.Wait()
			before := r.net.Traffic(r.nodes[0], r.nodes[1])
			for range 10 {
				speaker.say(&wire.Request{Kind: wire.KindSend, Event: "chat", Data: wire.Value{Bytes: make256()}})
			}
			after := r.net.Traffic(r.nodes[0], r.nodes[1])
			frames, bytes = (after.Frames-before.Frames)/10, (after.Bytes-before.Bytes)/10
			for _, l := range lines {
				l.Drop()
			}
		})
		return frames, bytes
	}
	frames, few := perBroadcast(4)
	require.Equal(t, 1, frames)
	frames, many := perBroadcast(400)
	require.Equal(t, 1, frames)
	require.InDelta(t, few, many, 4, "varints")
	require.Less(t, many, 256+128)
	t.Logf("%d bytes for 256 of payload, of 4 or 400 members", many)
}

func make256() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = 'x'
	}
	b[0], b[255] = '"', '"'
	return b
}

func mustText(r *many, m wire.Message) (s string) {
	require.NoError(r, m.(*wire.Event).Data.Unmarshal(&s))
	return s
}

// owned finds a name of rooms that a node owns.
func (r *many) owned(node int) string {
	for i := range 1000 {
		name := fmt.Sprint("room-", i)
		if r.nodes[node].System.Visit("", name, func(*actors.Room) {}) == nil {
			synctest.Wait()
			return name
		}
	}
	r.Fatal("it owns no room")
	return ""
}

// TestAMoveTakesTheHistoryAlong: also from the accounts of the node that had it.
func TestAMoveTakesTheHistoryAlong(t *testing.T) {
	kept := func(n *clustertest.Node) int { return n.System.Stats().HistoryBytes }
	cluster(t, 2, probe, func(r *many) {
		room := r.owned(0)
		a := r.visitor(1, room)
		for range 10 {
			a.say(&wire.Request{Kind: wire.KindSend, Event: "e", Data: text(strings.Repeat("x", 10<<10))})
		}
		before := kept(r.nodes[0])
		require.Greater(r, before, 100<<10)
		require.Zero(r, kept(r.nodes[1]))
		r.net.Leave(r.nodes[0])
		require.NoError(r, r.nodes[0].System.Leave(r.Context()))
		synctest.Wait()
		require.Zero(r, kept(r.nodes[0]))
		require.InDelta(r, before, kept(r.nodes[1]), float64(before)/4)
		a.line.Drop()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Zero(r, kept(r.nodes[1]), "the room has ended")
	})
}
