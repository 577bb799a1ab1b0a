package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Nodes that have no version in common do not come together, whichever was first.
func TestVersionsOldAndNew(t *testing.T) {
	for _, one := range []struct {
		name         string
		there, comes versions
		refused      string
	}{
		{"a newer one joins older ones", versions{1, 1}, versions{2, 3}, "node there-1 speaks 1 to 1, this one 2 to 3"},
		{"an older one joins newer ones", versions{2, 3}, versions{1, 1}, "node there-1 speaks 2 to 3, this one 1 to 1"},
		{"the newer one speaks the older version, too", versions{1, 1}, versions{1, 2}, ""},
		{"the newer ones speak the older version, too", versions{1, 2}, versions{1, 1}, ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			s := startNATS(t)
			var nodes []*node
			for _, name := range []string{"there-1", "there-1", "comes"} { // people may give a name twice
				n := newNode(t, name, Options{URLs: []string{s.url()}})
				n.speaks = one.there
				nodes = append(nodes, n)
				t.Cleanup(n.end)
			}
			a, b, c := nodes[0], nodes[1], nodes[2]
			c.speaks = one.comes
			require.NoError(t, a.Start(t.Context(), a))
			require.NoError(t, b.Start(t.Context(), b))
			was := a.sees(a, b)
			b.sees(a, b)
			err := c.Start(t.Context(), c)
			if one.refused == "" {
				require.NoError(t, err)
				a.sees(a, b, c)
				return
			}
			require.ErrorIs(t, err, ErrVersion)
			require.ErrorContains(t, err, one.refused)
			require.Equal(t, was, a.last(), "nothing has become of the others")
			require.Equal(t, was, b.last())
		})
	}
}

// Two of different versions that come at the same time do not see each other before both are there. One of them gives way; none
// that is in the view does.
func TestVersionsThatComeAtTheSameTime(t *testing.T) {
	s := startNATS(t)
	for name, one := range map[string]struct {
		id    string
		stays bool
	}{"the other has the smaller id": {"0-1", false}, "the other has the larger id": {"zz-1", true}} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, "n", Options{URLs: []string{s.url()}, Name: one.id})
			m := enterAlone(t, n)
			putLease(t, n, lease{ID: one.id, Name: "other", Version: Version + 1, Least: Version + 1}, time.Minute)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- m.run(ctx) }()
			if !one.stays {
				require.ErrorIs(t, <-done, ErrVersion)
				require.Empty(t, n.views)
				require.False(t, n.Held())
				return
			}
			n.until("it is in", func() bool { return len(n.views) == 1 })
			require.Equal(t, []string{n.Self()}, n.views[0].Nodes)
			t.Log("in the view it stays, whoever comes")
			putLease(t, n, lease{ID: "0-1", Version: Version + 1, Least: Version + 1}, time.Minute)
			other := begin(t, "b", Options{URLs: []string{s.url()}, Name: "elsewhere"}) // as long as that takes
			require.True(t, other.Held())
			cancel()
			require.ErrorIs(t, <-done, context.Canceled)
			require.Zero(t, n.lost)
		})
	}
}

// Who is refused does not disturb the others: no view, no loss, no pause.
func TestWhoIsRefusedDisturbsNobody(t *testing.T) {
	s := startNATS(t)
	o := Options{URLs: []string{s.url()}, Secret: "0123456789abcdef", Lease: time.Minute}
	a, b, c := begin(t, "a", o), begin(t, "b", o), begin(t, "c", o)
	nodes := []*node{a, b, c}
	for _, n := range nodes {
		n.sees(a, b, c)
	}
	was := a.last()
	other := o
	other.Secret = "fedcba9876543210"
	none := o
	none.Secret = ""
	named := o
	named.Name = "another"
	for _, wrong := range []Options{other, none} {
		n := newNode(t, "wrong", wrong)
		require.ErrorIs(t, n.Start(t.Context(), n), ErrSecret)
		n.end()
	}
	apart := begin(t, "apart", named)
	require.Equal(t, []string{apart.Self()}, apart.last().Nodes, "of another name is another cluster")
	require.False(t, apart.Send(a.Self(), []byte("x")))
	version := newNode(t, "version", o)
	version.speaks = versions{7, 7}
	require.ErrorIs(t, version.Start(t.Context(), version), ErrVersion)
	version.end()
	for _, n := range nodes {
		require.Equal(t, was, n.last())
		require.True(t, n.Held())
		require.Zero(t, n.Stats().Lost+n.Stats().Cuts)
	}
}
