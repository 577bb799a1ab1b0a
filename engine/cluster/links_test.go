package cluster

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anthdm/hollywood/actor"
	"github.com/stretchr/testify/require"
)

func pair(t *testing.T, o Options) (a, b *node) {
	s := startNATS(t)
	o.URLs, o.Lease = []string{s.url()}, 20*time.Second // nothing here waits for a lease
	a, b = begin(t, "a", o), begin(t, "b", o)
	a.sees(a, b)
	b.sees(a, b)
	return a, b
}

func TestFramesGoBetweenNodesInOrder(t *testing.T) {
	a, b := pair(t, Options{Secret: "0123456789abcdef"})
	const count = 20_000
	for i := range count {
		require.True(t, a.Send(b.Self(), fmt.Appendf(nil, "%d", i)))
		if i%10 == 0 {
			require.True(t, b.Send(a.Self(), fmt.Appendf(nil, "%d", i/10)))
		}
	}
	for i, f := range b.received(a, count) {
		require.Equal(t, fmt.Sprint(i), f)
	}
	for i, f := range a.received(b, count/10) {
		require.Equal(t, fmt.Sprint(i), f)
	}
	link := a.Stats().Links[b.Self()]
	require.Equal(t, uint64(count), link.FramesOut)
	require.Less(t, link.PacketsOut, uint64(count/2), "frames go together")
	require.False(t, a.Send("nobody-1", []byte("x")))
}

func TestALargeFrameGoesInPieces(t *testing.T) {
	a, b := pair(t, Options{})
	large := strings.Repeat("0123456789abcdef", 5<<16) // 5 MiB
	require.True(t, a.Send(b.Self(), []byte("before")))
	require.True(t, a.Send(b.Self(), []byte(large)))
	require.True(t, a.Send(b.Self(), []byte("after")))
	require.Equal(t, []string{"before", large, "after"}, b.received(a, 3))
	require.Greater(t, a.Stats().Links[b.Self()].PacketsOut, uint64(5<<20/piece))
}

// Connections to NATS that break all the time lose messages, and links do not.
func TestNothingIsLostWhereNATSLosesMessages(t *testing.T) {
	s := startNATS(t)
	p, url := throughProxy(t, s)
	t.Cleanup(func() { p.Close() })
	a := begin(t, "a", Options{URLs: []string{s.url()}, Lease: 10 * time.Second})
	b := begin(t, "b", Options{URLs: []string{url}, Lease: 10 * time.Second})
	a.sees(a, b)
	b.sees(a, b)
	const rounds, count = 4, 500
	for round := range rounds {
		for i := range count {
			require.True(t, a.Send(b.Self(), fmt.Appendf(nil, "%d", round*count+i)))
			require.True(t, b.Send(a.Self(), fmt.Appendf(nil, "%d", round*count+i)))
			if i == count/2 {
				addr := p.Addr()
				p.Close()
				var err error
				p, err = proxyAt(addr, s)
				require.NoError(t, err)
			}
		}
		b.received(a, (round+1)*count)
	}
	for _, got := range [][]string{b.received(a, rounds*count), a.received(b, rounds*count)} {
		for i, f := range got {
			require.Equal(t, fmt.Sprint(i), f)
		}
	}
	require.Zero(t, a.Stats().Cuts+b.Stats().Cuts)
}

// A node that takes nothing in has its link cut, when too much waits, and no other is slowed down.
func TestASlowNodeIsCutAndSlowsNobody(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}, QueueBytes: MinQueueBytes, Lease: 30 * time.Second}
	a, slow, c := begin(t, "a", o), begin(t, "slow", o), begin(t, "c", o)
	a.sees(a, slow, c)
	c.sees(a, slow, c)
	slow.sees(a, slow, c)
	require.True(t, a.Send(slow.Self(), []byte("hello")))
	slow.received(a, 1)

	slow.up.Lock() // it takes nothing in
	frame := bytes.Repeat([]byte("x"), 10_000)
	sent := 0
	for a.Send(slow.Self(), frame) {
		sent++
		require.True(t, a.Send(c.Self(), fmt.Appendf(nil, "%d", sent)))
	}
	require.Equal(t, MinQueueBytes/(10_000+perPart), sent)
	require.Len(t, c.received(a, sent), sent)
	a.until("it is told of the cut", func() bool { return len(a.cuts) == 1 })
	require.True(t, a.Send(slow.Self(), []byte("anew")))
	slow.up.Unlock()

	slow.until("it is told of the cut, too", func() bool { return len(slow.cuts) == 1 })
	require.Equal(t, []string{"anew"}, slow.received(a, 1), "the link begins anew and empty")
	require.True(t, slow.Send(a.Self(), []byte("back")))
	require.Equal(t, []string{"back"}, a.received(slow, 1))
	require.Len(t, a.cuts, 1)
	require.Len(t, slow.cuts, 1)
}

func TestPacketsOfThoseWhoDoNotKnowTheSecretAreDropped(t *testing.T) {
	a, b := pair(t, Options{Secret: "0123456789abcdef"})
	forged := appendParts(appendHeader(nil, header{a.Self(), 1, 1, 0, false, false}), []part{{forRooms, []byte("forged")}})
	require.NoError(t, a.nc.Publish(b.subject("to", b.Self()), forged))
	require.NoError(t, a.nc.Publish(b.subject("to", b.Self()), append(forged, make([]byte, macSize)...)))
	require.NoError(t, a.nc.Publish(b.subject("to", b.Self()), a.sealer.seal(forged, a.Self()))) // to another node
	require.NoError(t, a.nc.Publish(b.subject("to", b.Self()), []byte("x")))
	require.NoError(t, a.nc.Flush())
	require.True(t, a.Send(b.Self(), []byte("true")))
	require.Equal(t, []string{"true"}, b.received(a, 1))
	require.Equal(t, uint64(4), b.Stats().Dropped)
}

type move struct{ X, Y int }

type secretThing struct{ X int }

func init() {
	Register[move]("test.move")
	Register[*move]("test.*move")
}

// pong answers.
type pong struct{ got chan any }

func (p *pong) Receive(c *actor.Context) {
	switch m := c.Message().(type) {
	case move:
		p.got <- m
		if c.Sender() != nil {
			c.Respond(&move{m.Y, m.X})
		}
	case string, []byte:
		p.got <- m
	}
}

func TestHollywoodActorsOfTwoNodesTalk(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}}
	var nodes []*node
	var engines []*actor.Engine
	for _, name := range []string{"a", "b"} {
		n := newNode(t, name, o)
		e, err := actor.NewEngine(actor.NewEngineConfig().WithRemote(n.Remoter()))
		require.NoError(t, err)
		require.Equal(t, n.process, e.Address())
		t.Cleanup(n.end)
		require.NoError(t, n.Start(t.Context(), n))
		nodes, engines = append(nodes, n), append(engines, e)
	}
	nodes[0].sees(nodes...)
	nodes[1].sees(nodes...)
	got := make(chan any, 10)
	pid := engines[1].Spawn(func() actor.Receiver { return &pong{got} }, "pong")

	answer, err := engines[0].Request(pid, move{1, 2}, patience).Result()
	require.NoError(t, err)
	require.Equal(t, &move{2, 1}, answer)
	require.Equal(t, move{1, 2}, <-got)

	engines[0].Send(pid, secretThing{1}) // is not registered
	engines[0].Send(actor.NewPID("nowhere", "pong"), "x")
	require.Equal(t, uint64(2), nodes[0].Stats().DeadLetter)
	engines[0].Send(pid, "last")
	require.Equal(t, "last", <-got, "what was not registered has not come")
	for _, e := range engines {
		<-e.Poison(pid).Done()
	}
}

func TestATypeIsRegisteredOnce(t *testing.T) {
	require.Panics(t, func() { Register[move]("another name") })
	require.Panics(t, func() { Register[secretThing]("test.move") })
	require.Panics(t, func() { Register[secretThing]("") })
}

// A node whose rooms are too slow is sent no more than may wait there: the sender's queue fills, and its link
// is cut as it would be if nothing arrived. When the rooms have caught up it goes on.
func TestWhatWaitsForRoomsHoldsTheSender(t *testing.T) {
	a, b := pair(t, Options{QueueBytes: MinQueueBytes})
	b.waits.Store(MinQueueBytes + 1)
	frame := make([]byte, 10_000)
	require.True(t, a.Send(b.Self(), []byte("first")))
	b.received(a, 1)
	require.Eventually(t, func() bool { // it has heard
		l := a.links.find(b.Self())
		l.mu.Lock()
		defer l.mu.Unlock()
		return !l.line.held.IsZero()
	}, patience, tick)
	sent := 0
	for ; a.Send(b.Self(), frame); sent++ {
		require.LessOrEqual(t, sent, MinQueueBytes/len(frame))
	}
	b.until("the cut", func() bool { return len(b.cuts) == 1 })
	b.waits.Store(MinQueueBytes / 2)
	require.True(t, a.Send(b.Self(), []byte("again")))
	require.Equal(t, []string{"again"}, b.received(a, 1))
}
