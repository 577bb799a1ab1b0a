package clustertest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// leads is what NATS logs on the server that comes to lead the bucket.
const leads = "JetStream cluster new stream leader for '$G > KV_parley_parley'"

func TestEmbedded(t *testing.T) {
	engines := embedded(t)
	p := throw(t, engines)
	p.round(0, 1, 2)
	require.Zero(t, p.right())

	t.Log("one drains while everybody talks: nothing is lost, doubled or begun anew")
	stop := p.chatter()
	engines[0].drain()
	stop()
	p.round(0, 1, 2)
	require.Zero(t, p.right())

	t.Log("it comes back: its share of the rooms moves to it, and nobody notices")
	stop = p.chatter()
	engines[0].start()
	engines[0].ready()
	stop()
	p.round(0, 1, 2)
	require.Zero(t, p.right())

	t.Log("the one that leads NATS is killed")
	leader := -1
	for i, e := range engines {
		if e.hasLogged(leads) {
			leader = i // or it was before: then one that does not lead dies
		}
	}
	require.NotEqual(t, -1, leader)
	rest := []int{(leader + 1) % 3, (leader + 2) % 3}
	begun := time.Now()
	engines[leader].kill()
	p.round(rest...)
	t.Logf("all rooms go on %.1f s after the leader's death", time.Since(begun).Seconds())
	require.Less(t, time.Since(begun), 15*time.Second)
	p.round(0, 1, 2)
	gaps := p.right()
	t.Log("members whose room has begun anew:", gaps)
	require.NotZero(t, gaps)
}

func TestExternal(t *testing.T) {
	nats, engines := external(t)
	p := throw(t, engines)
	p.round(0, 1, 2)

	t.Log("NATS is restarted: all go on as they were")
	nats.kill()
	nats.start()
	p.round(0, 1, 2)
	require.Zero(t, p.right())

	t.Log("one is killed")
	begun := time.Now()
	engines[2].kill()
	p.round(0, 1)
	t.Logf("all rooms go on %.1f s after its death", time.Since(begun).Seconds())
	require.Less(t, time.Since(begun), 5*time.Second)
	p.round(0, 1, 2)
	gaps := p.right()
	t.Log("members whose room has begun anew:", gaps)
	require.NotZero(t, gaps)
}
