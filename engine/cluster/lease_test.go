package cluster

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

func TestALeaseEndsByWhicheverClockIsFirst(t *testing.T) {
	h := newHold()
	asked := time.Now()
	require.False(t, h.good(asked), "nothing was renewed")
	require.True(t, h.renew(asked, time.Minute, h.since()))
	elapsed, wall := asked.Sub(h.base), asked.UnixNano()
	require.True(t, h.covers(elapsed+59*time.Second, wall+int64(59*time.Second)))
	require.False(t, h.covers(elapsed+time.Minute, wall+int64(59*time.Second)), "the wall clock was set back")
	require.False(t, h.covers(elapsed+time.Second, wall+int64(time.Hour)), "the machine has slept: its monotonic clock has, too")

	since := h.since()
	h.end()
	require.False(t, h.good(asked))
	require.False(t, h.renew(asked, time.Minute, since), "what was asked for before the end")
	require.True(t, h.renew(asked, time.Minute, h.since()))
	require.True(t, h.good(asked))
}

// A NATS that is away may come back without its data, to others who know nothing of this node: it acts only once it has
// renewed its lease there, however much of that is left.
func TestWhoHasLostNATSActsOnlyAfterARenewal(t *testing.T) {
	s := startNATS(t)
	n := begin(t, "n", Options{URLs: []string{s.url()}, Lease: time.Minute})
	require.True(t, n.Held())
	s.stop()
	require.Eventually(t, func() bool { return !n.Held() }, patience, tick)
	s.start()
	require.Eventually(t, n.Held, patience, tick, "it renews at once, not after a third of its lease")
	require.Zero(t, n.Stats().Lost)
}

// enterAlone makes a node's first incarnation, and leaves it to the test what becomes of it.
func enterAlone(t *testing.T, n *node) *member {
	t.Helper()
	n.system, n.started = n, true
	t.Cleanup(n.end)
	t.Cleanup(func() { close(n.ended) })
	require.NoError(t, n.connect())
	m, err := n.tryToEnter(t.Context(), n.nextID())
	require.NoError(t, err)
	return m
}

func putLease(t *testing.T, n *node, l lease, ttl time.Duration) {
	t.Helper()
	l.Proof = n.secret.proof("lease", n.o.Name, l.ID)
	_, err := n.bucket.put(t.Context(), keyLease+l.ID, encode(l), 0, ttl)
	require.NoError(t, err)
}

// Where another's lease has run out and this node can do nothing about that, it does not look for it all the time.
func TestNobodyIsInAHurryWhoMayNotBury(t *testing.T) {
	s := startNATS(t)
	m := enterAlone(t, newNode(t, "n", Options{URLs: []string{s.url()}, Lease: 3 * time.Second}))
	old := time.Now().Add(-time.Minute)
	m.seen["other-1"] = &other{lease: lease{ID: "other-1"}, since: old}
	require.Equal(t, m.o.renewal()/2, m.pause(), "all get half a lease after a time without NATS")
	m.service = old
	require.Equal(t, time.Millisecond, m.pause())
	m.c.held.end()
	require.Equal(t, m.o.renewal()/2, m.pause(), "its own lease is to be renewed first")
}

// NATS reads 1,024 keys at once. Nodes that come and go all the time leave fewer behind.
func TestManyComeAndGo(t *testing.T) {
	s := startNATS(t)
	nc, err := nats.Connect(s.url())
	require.NoError(t, err)
	defer nc.Close()
	b, err := newBucket(nc, Options{URLs: []string{s.url()}, Lease: MinLease}.withDefaults())
	require.NoError(t, err)
	b.timeout = patience
	require.NoError(t, b.open(t.Context(), 0))
	for i := range 1100 {
		key := keyLease + fmt.Sprint("x-", i)
		revision, err := b.put(t.Context(), key, []byte("lease"), 0, b.patience)
		require.NoError(t, err)
		require.NoError(t, b.remove(t.Context(), key, revision))
	}
	require.Eventually(t, func() bool {
		v, err := b.survey(t.Context())
		return err == nil && len(v.entries) == 0
	}, patience, 100*time.Millisecond, "all that is left of them")
}

// NATS counts TTLs by a clock that may be set. Who has held a lease may act for its whole length.
func TestALeaseThatNATSLetsLapseIsWaitedForNevertheless(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}, Lease: 4 * time.Second}
	a := begin(t, "a", o)
	put := time.Now()
	putLease(t, a, lease{ID: "x-1", Version: Version, Least: leastVersion}, time.Minute)
	a.until("the other is there", func() bool { return contains(a.views[len(a.views)-1].Nodes, "x-1") })
	v, err := a.bucket.survey(t.Context())
	require.NoError(t, err)
	lapse := &nats.Msg{Subject: a.bucket.subject(keyLease + "x-1"), Header: nats.Header{
		"Nats-Marker-Reason": {"MaxAge"}, jetstream.MsgRollup: {jetstream.MsgRollupSubject}, // as NATS does
	}}
	_, err = a.bucket.publish(t.Context(), lapse, v.entries[keyLease+"x-1"].revision, time.Minute)
	require.NoError(t, err)
	b := begin(t, "b", o)
	require.Contains(t, b.views[0].Nodes, "x-1", "a newcomer has not seen the lease at all")
	a.sees(a, b)
	require.Greater(t, time.Since(put), o.Lease, "it might still have acted")
}

func TestWhoLeavesGoesOnLeavingUnderAnotherID(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}}
	a, b := begin(t, "a", o), begin(t, "b", o)
	a.sees(a, b)
	require.NoError(t, b.Leave(t.Context()))
	was := b.Self()
	require.Eventually(t, func() bool { // until no renewal comes between
		v, err := a.bucket.survey(t.Context())
		require.NoError(t, err)
		return a.bucket.remove(t.Context(), keyLease+was, v.entries[keyLease+was].revision) == nil
	}, patience, tick)
	b.until("it has lost its lease", func() bool { return b.lost == 1 })
	b.until("it is there again", func() bool { return !contains(b.views[len(b.views)-1].Leaving, was) })
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.views {
		if !contains(v.Nodes, was) && !contains(v.Leaving, was) {
			require.NotContains(t, v.Nodes, b.Self(), "it may own nothing any more")
			require.Contains(t, v.Leaving, b.Self())
		}
	}
}

// A bucket that was made when NATS had one server is kept by three once they are there.
func TestTheBucketGrowsWithNATS(t *testing.T) {
	addrs := gatewaytest.FreeAddrs(3)
	var urls []string
	for i, own := range addrs {
		s := newNATS(t, func(o *server.Options) {
			o.ServerName = fmt.Sprint("s", i)
			o.Cluster = server.ClusterOpts{Name: "nats", Host: "127.0.0.1", Port: portOf(t, own)}
			for _, a := range addrs {
				o.Routes = append(o.Routes, server.RoutesFromStr("nats://"+a)...)
			}
		})
		s.start()
		t.Cleanup(s.stop)
		urls = append(urls, s.server.ClientURL())
	}
	nc, err := nats.Connect(urls[0])
	require.NoError(t, err)
	defer nc.Close()
	b, err := newBucket(nc, Options{URLs: urls, Lease: time.Second}.withDefaults())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return b.create(t.Context(), 1) == nil }, patience, tick, "they have met")

	n := begin(t, "n", Options{URLs: urls})
	require.Eventually(t, func() bool {
		stream, err := n.bucket.js.Stream(t.Context(), "KV_"+n.bucket.name)
		return err == nil && stream.CachedInfo().Config.Replicas == 3
	}, patience, tick)
	require.Zero(t, n.Stats().Lost)
}
