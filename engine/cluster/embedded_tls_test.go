package cluster

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

func TestEmbeddedServersOverTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	var addrs []string
	nodes := three(t, func(i int, o *Options) {
		addrs = o.Routes
		o.CA = ours.ca
		o.Cert, o.Key = ours.issue(fmt.Sprint("n", i), "")
	})
	for _, n := range nodes {
		n.until("the first view", func() bool { return len(n.views) > 0 })
	}
	for _, n := range nodes {
		n.sees(nodes...)
	}
	was := nodes[0].last()

	other, otherKey := theirs.issue("stranger", "")
	for name, change := range map[string]func(*Options){
		"none":              func(*Options) {},
		"another authority": func(o *Options) { o.CA, o.Cert, o.Key = theirs.ca, other, otherKey },
	} {
		t.Run(name, func(t *testing.T) {
			o := embeddedOptions(t, gatewaytest.FreeAddrs(1)[0], addrs)
			change(&o)
			n := newNode(t, "stranger", o)
			defer n.end()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := n.Start(ctx, n)
			t.Log(err)
			var wrong *OptionError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, "Cert", wrong.Field)
		})
	}
	o := embeddedOptions(t, addrs[0], addrs)
	o.CA, o.Cert, o.Key = ours.ca, other, otherKey
	_, err := New(o)
	require.ErrorContains(t, err, "Cert: must be signed by whom CA names", "its peers would hang up without a word")
	require.Equal(t, was, nodes[0].last(), "they have disturbed nobody")
}

func TestTwoEmbeddedServersOfOneName(t *testing.T) {
	nodes := three(t, nil)
	for _, n := range nodes {
		n.until("the first view", func() bool { return len(n.views) > 0 })
	}
	n := newNode(t, "n1", embeddedOptions(t, gatewaytest.FreeAddrs(1)[0], nodes[0].o.Routes))
	defer n.end()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := n.Start(ctx, n)
	var wrong *OptionError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "Node", wrong.Field)
}
