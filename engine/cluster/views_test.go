package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sameViews requires that of two nodes each has seen the same views, from when both were there.
func sameViews(t *testing.T, nodes ...*node) {
	t.Helper()
	byNumber := map[uint64]actors.View{}
	var first, least []uint64
	for _, n := range nodes {
		n.mu.Lock()
		for i, v := range n.views {
			if i > 0 {
				require.Greater(t, v.Number, n.views[i-1].Number)
			}
			if seen, ok := byNumber[v.Number]; ok {
				require.Equal(t, seen, v)
			}
			byNumber[v.Number] = v
		}
		first, least = append(first, n.views[0].Number), append(least, n.views[len(n.views)-1].Number)
		n.mu.Unlock()
	}
	for number, v := range byNumber {
		for i, n := range nodes {
			if number >= first[i] && number <= least[i] && contains(v.Nodes, n.Self()) {
				require.Contains(t, n.views, v, n.o.Node)
			}
		}
	}
}

func TestNodesComeAndSeeTheSameViews(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}}
	a := begin(t, "a", o)
	require.Equal(t, []string{a.Self()}, a.last().Nodes)
	require.True(t, a.Held())
	b, c := begin(t, "b", o), begin(t, "c", o)
	for _, n := range []*node{a, b, c} {
		n.sees(a, b, c)
		require.Contains(t, n.views[0].Nodes, n.Self(), "a newcomer is in its first view")
	}
	sameViews(t, a, b, c)
}

func TestManyNodesComeAtOnce(t *testing.T) {
	s := startNATS(t)
	nodes := make([]*node, 6)
	for i := range nodes {
		nodes[i] = newNode(t, string(rune('a'+i)), Options{URLs: []string{s.url()}})
		t.Cleanup(nodes[i].end)
		go func() { _ = nodes[i].Start(t.Context(), nodes[i]) }()
	}
	for _, n := range nodes {
		n.until("all of them", func() bool { return len(n.views) > 0 && len(n.views[len(n.views)-1].Nodes) == len(nodes) })
	}
	sameViews(t, nodes...)
}

func TestADeadNodeIsLeftOutAndNotBeforeItsLeaseHasEnded(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}}
	a, b, c := begin(t, "a", o), begin(t, "b", o), begin(t, "c", o)
	a.sees(a, b, c)
	until := b.held.base.Add(time.Duration(b.held.monotonic.Load()))
	b.abandon()
	a.sees(a, c)
	require.Greater(t, time.Now(), until, "it might still have acted")
	c.sees(a, c)
	sameViews(t, a, c)
}

func TestANodeThatLeavesIsListedAsLeavingFirst(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}, Lease: 5 * time.Second} // nothing waits for leases here
	a, b := begin(t, "a", o), begin(t, "b", o)
	a.sees(a, b)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, b.Leave(ctx))
	require.Equal(t, []string{b.Self()}, b.last().Leaving)
	a.until("b leaves", func() bool { return len(a.views[len(a.views)-1].Leaving) == 1 })
	require.True(t, a.Send(b.Self(), []byte("still here?")))
	b.received(a, 1)
	require.True(t, b.Send(a.Self(), []byte("yes")))
	begun := time.Now()
	require.NoError(t, b.Close(ctx))
	a.sees(a)
	require.Less(t, time.Since(begun), 3*time.Second)
	require.Equal(t, []string{"yes"}, a.received(b, 1), "what was sent last has arrived")
}

// A short absence of NATS changes nothing: nobody acts, and everybody goes on afterwards.
func TestNATSIsStartedAgain(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}}
	a, b := begin(t, "a", o), begin(t, "b", o)
	a.sees(a, b)
	b.sees(a, b)
	s.stop()
	require.True(t, a.Send(b.Self(), []byte("while it is away")))
	for _, n := range []*node{a, b} {
		require.Eventually(t, func() bool { return !n.Held() }, patience, time.Millisecond)
	}
	s.start()
	for _, n := range []*node{a, b} {
		require.Eventually(t, n.Held, patience, time.Millisecond)
	}
	require.Equal(t, []string{"while it is away"}, b.received(a, 1))
	c := begin(t, "c", o)
	a.sees(a, b, c)
	require.Zero(t, a.Stats().Lost+b.Stats().Lost)
	require.Equal(t, a.last(), b.sees(a, b, c))
}

// With its data, NATS loses the leases: everybody comes back as another, and numbers grow on.
func TestNATSLosesItsData(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}}
	a, b := begin(t, "a", o), begin(t, "b", o)
	was := a.sees(a, b)
	b.sees(a, b)
	s.stop()
	s.o.StoreDir = t.TempDir()
	s.start()
	for _, n := range []*node{a, b} {
		n.until("a view of two others", func() bool {
			v := n.views[len(n.views)-1]
			return n.lost == 1 && len(v.Nodes) == 2 && !contains(was.Nodes, v.Nodes[0]) && !contains(was.Nodes, v.Nodes[1])
		})
	}
	now := a.sees(a, b)
	require.Greater(t, now.Number, was.Number)
	for _, id := range now.Nodes {
		require.True(t, processOf(id) == processOf(was.Nodes[0]) || processOf(id) == processOf(was.Nodes[1]))
	}
}

func TestANodeThatIsCutOffActsNoMoreBeforeOthersTakeItsPlace(t *testing.T) {
	s := startNATS(t)
	p, url := throughProxy(t, s)
	a := begin(t, "a", Options{URLs: []string{s.url()}})
	b := begin(t, "b", Options{URLs: []string{url}, DrainAfter: time.Second})
	a.sees(a, b)
	was := b.Self()
	p.Close()
	a.sees(a)
	require.False(t, b.Held(), "another may have taken its place")
	b.until("it is told that it is cut off", func() bool { return b.out == 1 })
	p, err := proxyAt(p.Addr(), s)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	b.until("it is back", func() bool { return b.lost == 1 && b.back == 1 })
	require.NotEqual(t, was, b.Self())
	a.sees(a, b)
	sameViews(t, a)
}

func TestAnotherSecretOrNoneIsRefused(t *testing.T) {
	s := startNATS(t)
	secret := "0123456789abcdef"
	a := begin(t, "a", Options{URLs: []string{s.url()}, Secret: secret})
	for _, other := range []string{"", "fedcba9876543210"} {
		b := newNode(t, "b", Options{URLs: []string{s.url()}, Secret: other})
		require.ErrorIs(t, b.Start(t.Context(), b), ErrSecret)
		b.end()
	}
	c := begin(t, "c", Options{URLs: []string{s.url()}, Secret: secret})
	a.sees(a, c)
}

func TestAClusterOfAnotherNameIsAnother(t *testing.T) {
	s := startNATS(t)
	a := begin(t, "a", Options{URLs: []string{s.url()}, Name: "red"})
	b := begin(t, "b", Options{URLs: []string{s.url()}, Name: "blue"})
	require.Equal(t, []string{a.Self()}, a.last().Nodes)
	require.Equal(t, []string{b.Self()}, b.last().Nodes)
}

func TestJetStreamMustBeThere(t *testing.T) {
	s := startNATS(t, func(o *server.Options) { o.JetStream = false })
	b := newNode(t, "b", Options{URLs: []string{s.url()}})
	defer b.end()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, b.Start(ctx, b), "NATS has no JetStream, or not yet")
}

// A node may be started before its NATS.
func TestNATSComesLater(t *testing.T) {
	s := startNATS(t)
	s.stop()
	b := newNode(t, "b", Options{URLs: []string{s.url()}})
	defer b.end()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, b.Start(ctx, b), context.DeadlineExceeded)
	s.start()
	b.until("the first view", func() bool { return len(b.views) == 1 })
}
