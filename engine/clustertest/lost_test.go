package clustertest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// leader finds the engine whose NATS leads the bucket, as its log says.
func leader(t *testing.T, engines []*process) (leader int) {
	t.Helper()
	leader = -1
	var at time.Time
	for i, e := range engines {
		if when := e.lastly(leads); when.After(at) {
			leader, at = i, when
		}
	}
	require.NotEqual(t, -1, leader)
	return leader
}

// stopAndGo stops an engine for longer than its lease, and lets it go on: the others have gone on without it, and it must not act for
// what it had. Whoever speaks on it all the while is acknowledged only what all others hear.
func stopAndGo(t *testing.T, p *party, engines []*process, i int) {
	t.Helper()
	rest := []int{(i + 1) % 3, (i + 2) % 3}
	begun := time.Now()
	engines[i].pause()
	since := p.mark(i)
	stop := p.chatterOf(i)
	lost := func() bool {
		return slices.ContainsFunc(rest, func(k int) bool { return engines[k].lastly("a node's lease has run out").After(begun) })
	}
	before := p.roundUntil(lost, rest...)
	t.Logf("all rooms go on %.1f s after %s was stopped; %d of %d did so before anybody knew", time.Since(begun).Seconds(), engines[i].name, before, roomCount)
	require.Positive(t, before, "rooms that live elsewhere wait for nobody, though all have a member there")
	engines[i].resume()
	p.round(rest...)
	engines[i].ready()
	stop()
	p.round(0, 1, 2)
	p.allHeard(i, since, rest...)
	require.True(t, engines[i].hasLogged("the lease is lost"), "%s", lazy(engines[i].tail))
}

func TestEmbeddedOneThatDoesNotLeadIsLost(t *testing.T) {
	engines := embedded(t)
	p := throw(t, engines)
	p.round(0, 1, 2)
	require.Zero(t, p.right())

	t.Log("one that does not lead NATS is killed")
	dead := (leader(t, engines) + 1) % 3
	begun := time.Now()
	engines[dead].kill()
	p.round((dead+1)%3, (dead+2)%3)
	t.Logf("all rooms go on %.1f s after its death", time.Since(begun).Seconds())
	p.round(0, 1, 2)
	p.right()
	engines[dead].start()
	engines[dead].ready()
	p.round(0, 1, 2)

	t.Log("one that does not lead is stopped for longer than its lease")
	stopAndGo(t, p, engines, (leader(t, engines)+1)%3)
	p.right()
}

func TestExternalOneIsStoppedForLongerThanItsLease(t *testing.T) {
	_, engines := external(t)
	p := throw(t, engines)
	p.round(0, 1, 2)
	require.Zero(t, p.right())
	for i := range engines {
		stopAndGo(t, p, engines, i)
	}
	t.Log("members whose room has begun anew:", p.right())
}
