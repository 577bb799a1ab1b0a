package clustertest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Engines that are not let in end, say why, and disturb nobody: no room begins anew.
func TestExternalOthersAreRefusedAndNobodyNotices(t *testing.T) {
	nats, engines := external(t)
	p := throw(t, engines)
	p.round(0, 1, 2)
	since := [][]int{p.mark(0), p.mark(1), p.mark(2)}
	stop := p.chatter()
	url := "--cluster=nats://" + nats.addr
	for i, one := range []struct{ arg, why string }{
		{"--cluster-secret=fedcba9876543210", "another cluster secret"},
		{"--cluster-secret=", "another cluster secret"},
	} {
		e := engine(t, 3+i, ports(t, 1)[0], url, one.arg)
		e.start()
		e.refused(one.why)
	}
	t.Log("one of another name is ready, and alone")
	e := engine(t, 5, ports(t, 1)[0], url, "--cluster-name=another")
	e.start()
	e.ready()
	stop()
	p.round(0, 1, 2)
	for i := range engines {
		p.allHeard(i, since[i], (i+1)%3, (i+2)%3)
	}
	require.Zero(t, p.right())
}

func TestEmbeddedOthersAreRefusedAndNobodyNotices(t *testing.T) {
	engines := embedded(t)
	p := throw(t, engines)
	p.round(0, 1, 2)
	since := [][]int{p.mark(0), p.mark(1), p.mark(2)}
	stop := p.chatter()
	for i, arg := range []string{"--cluster-secret=fedcba9876543210", "--cluster-name=another"} {
		port := ports(t, 2)
		own := fmt.Sprint("127.0.0.1:", port[1])
		e := engine(t, 3+i, port[0], "--cluster-embedded", "--cluster-listen="+own, "--cluster-routes="+engines[0].routes, "--cluster-store="+t.TempDir(), arg)
		e.start()
		e.refused("another cluster secret") // the name goes into what is proved
	}
	stop()
	p.round(0, 1, 2)
	for i := range engines {
		p.allHeard(i, since[i], (i+1)%3, (i+2)%3)
	}
	require.Zero(t, p.right())
}
