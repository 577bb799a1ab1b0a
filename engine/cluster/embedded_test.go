package cluster

import (
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

func portOf(t *testing.T, addr string) int {
	_, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	return n
}

func embeddedOptions(t *testing.T, listen string, routes []string) Options {
	return Options{Embedded: true, Listen: listen, Routes: routes, Store: t.TempDir(), Secret: "0123456789abcdef", Lease: 1500 * time.Millisecond}
}

func TestAnEmbeddedNATSAlone(t *testing.T) {
	o := embeddedOptions(t, gatewaytest.FreeAddrs(1)[0], nil)
	o.Secret = ""
	a := begin(t, "a", o)
	require.True(t, a.Held())
	require.Equal(t, []string{a.Self()}, a.last().Nodes)
}

// three starts three nodes at once.
func three(t *testing.T, change func(i int, o *Options)) []*node {
	t.Helper()
	addrs := gatewaytest.FreeAddrs(3)
	nodes := make([]*node, 3)
	for i := range nodes {
		o := embeddedOptions(t, addrs[i], addrs)
		if change != nil {
			change(i, &o)
		}
		nodes[i] = newNode(t, fmt.Sprint("n", i), o)
		t.Cleanup(nodes[i].end)
		go func() { _ = nodes[i].Start(t.Context(), nodes[i]) }()
	}
	return nodes
}

func (n *node) leads() bool {
	return n.embedded.server.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+n.bucket.name)
}

// leaderOf finds the node whose NATS leads the bucket.
func leaderOf(t *testing.T, nodes []*node) (leader *node, rest []*node) {
	t.Helper()
	require.Eventually(t, func() bool {
		leader, rest = nil, nil
		for _, n := range nodes {
			if n.leads() {
				leader = n
			} else {
				rest = append(rest, n)
			}
		}
		return leader != nil && len(rest) == len(nodes)-1
	}, patience, 10*time.Millisecond)
	return leader, rest
}

// Three meet, talk, and lose the one that leads NATS.
func TestThreeEmbeddedServers(t *testing.T) {
	nodes := three(t, nil)
	for _, n := range nodes {
		n.until("the first view", func() bool { return len(n.views) > 0 })
	}
	for _, n := range nodes {
		n.sees(nodes...)
	}
	sameViews(t, nodes...)
	require.Equal(t, 3, nodes[0].embedded.replicas)
	for i, n := range nodes {
		for _, to := range nodes {
			if to != n {
				require.True(t, n.Send(to.Self(), []byte("hello")))
			}
		}
		require.Equal(t, []string{"hello"}, nodes[(i+1)%3].received(n, 1))
	}

	leader, rest := leaderOf(t, nodes)
	killed := time.Now()
	leader.abandon()
	for _, n := range rest {
		n.sees(rest...)
	}
	t.Log("the leader's rooms are free after", time.Since(killed))
	require.Less(t, time.Since(killed), 14*time.Second)
	for _, n := range rest {
		require.Eventually(t, n.Held, patience, time.Millisecond)
		require.Zero(t, n.Stats().Lost)
	}
}

func TestTheOneThatLeadsNATSLeavesInPeace(t *testing.T) {
	nodes := three(t, nil)
	for _, n := range nodes {
		n.until("the first view", func() bool { return len(n.views) > 0 })
	}
	for _, n := range nodes {
		n.sees(nodes...)
	}
	leader, rest := leaderOf(t, nodes)
	require.NoError(t, leader.Leave(t.Context()))
	require.NoError(t, leader.Close(t.Context()))
	gone := time.Now()
	for _, n := range rest {
		n.sees(rest...)
	}
	// For longer than a lease: no election takes its time.
	require.Never(t, func() bool { return !rest[0].Held() || !rest[1].Held() }, 3*time.Second-time.Since(gone), 10*time.Millisecond)
}

func TestEmbeddedPeersRefuseAnotherSecret(t *testing.T) {
	addrs := gatewaytest.FreeAddrs(2)
	o := embeddedOptions(t, addrs[0], addrs)
	a := newNode(t, "a", o)
	t.Cleanup(a.end)
	go func() { _ = a.Start(t.Context(), a) }()
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", addrs[0])
		if err == nil {
			c.Close()
		}
		return err == nil
	}, patience, 10*time.Millisecond)
	o = embeddedOptions(t, addrs[1], addrs)
	o.Secret = "fedcba9876543210"
	b := newNode(t, "b", o)
	t.Cleanup(b.end)
	require.ErrorIs(t, b.Start(t.Context(), b), ErrSecret)

	o = embeddedOptions(t, gatewaytest.FreeAddrs(1)[0], addrs[:1])
	o.Name = "other"
	c := newNode(t, "c", o)
	t.Cleanup(c.end)
	require.ErrorIs(t, c.Start(t.Context(), c), ErrSecret, "the name goes into what is proved")

	o = embeddedOptions(t, gatewaytest.FreeAddrs(1)[0], addrs[:1])
	o.Name, o.Secret = "other", ""
	d := newNode(t, "d", o)
	t.Cleanup(d.end)
	require.Error(t, d.Start(t.Context(), d))
}

func TestWhichRoutesLeadBackHere(t *testing.T) {
	for _, one := range []struct {
		route, listen string
		own           bool
	}{
		{"127.0.0.1:6222", "127.0.0.1:6222", true},
		{"localhost:6222", "127.0.0.1:6222", true},
		{"127.0.0.1:6222", ":6222", true},
		{"127.0.0.1:6223", ":6222", false},
		{"127.0.0.1:6223", "127.0.0.1:6222", false},
		{"192.0.2.7:6222", ":6222", false},
		{"nobody.invalid:6222", ":6222", false},
	} {
		require.Equal(t, one.own, leadsTo(one.route, one.listen), "%s at %s", one.route, one.listen)
	}
}
