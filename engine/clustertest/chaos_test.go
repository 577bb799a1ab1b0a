package clustertest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// chaos does at random to engines what the world does to them, one thing after the other, while everybody talks. After each
// everything must be well: nobody has missed, or heard twice, or in another order what was acknowledged, but for what a gap was told of.
type chaos struct {
	t       *testing.T
	rng     *rand.Rand
	engines []*process
	party   *party
	faults  []fault
}

// fault is something that is done to an engine, and mended.
type fault struct {
	name string
	do   func(c *chaos, i int)
}

var (
	killed = fault{"is killed, and started again", func(c *chaos, i int) {
		c.engines[i].kill()
		c.party.round((i+1)%3, (i+2)%3)
		c.engines[i].start()
	}}
	killedBriefly = fault{"is killed, and started again at once", func(c *chaos, i int) {
		c.engines[i].kill()
		c.engines[i].start()
	}}
	drained = fault{"drains, and comes back", func(c *chaos, i int) {
		c.engines[i].drain()
		c.party.round((i+1)%3, (i+2)%3)
		c.engines[i].start()
	}}
	paused = fault{"stands still", func(c *chaos, i int) {
		c.engines[i].pause()
		c.last(5 * time.Second) // the lease is 3 s
		c.engines[i].resume()
	}}
)

// last has a fault go on for a random time.
func (c *chaos) last(most time.Duration) {
	d := time.Duration(c.rng.Int64N(int64(most)))
	c.t.Logf("  for %.1f s", d.Seconds())
	time.Sleep(d)
}

// cut is a fault of the lines between engines and NATS, which go through these.
func cut(t *testing.T, nats string, proxies []*gatewaytest.Proxy) fault {
	return fault{"is cut off from NATS", func(c *chaos, i int) {
		addr := proxies[i].Addr()
		proxies[i].Close()
		c.last(7 * time.Second)
		proxies[i] = proxyAt(t, addr, nats)
	}}
}

// restarted is a fault of NATS itself.
func restarted(nats *process) fault {
	return fault{"is there when NATS is killed, and started again", func(*chaos, int) {
		nats.kill()
		nats.start()
	}}
}

func proxyAt(t *testing.T, addr, nats string) (p *gatewaytest.Proxy) {
	t.Helper()
	p, err := gatewaytest.NewProxyAt(addr, nats, 1)
	require.NoError(t, err)
	return p
}

// run does that many things. CLUSTER_SEED repeats which; CLUSTER_STEPS=100 takes some ten minutes.
func (c *chaos) run(steps int) {
	c.party = throw(c.t, c.engines)
	for range steps {
		i, f := c.rng.IntN(3), c.faults[c.rng.IntN(len(c.faults))]
		c.t.Logf("%s %s", c.engines[i].name, f.name)
		stop := c.party.chatter()
		f.do(c, i)
		for _, e := range c.engines {
			e.ready()
		}
		stop()
		c.party.round(0, 1, 2)
		c.t.Log("  members whose room has begun anew until now:", c.party.right())
	}
}

func number64(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(variable)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	require.NoError(t, err, variable)
	return n
}

func newChaos(t *testing.T, engines []*process, faults ...fault) *chaos {
	t.Helper()
	seed := number64(t, "CLUSTER_SEED", rand.Uint64N(1_000_000))
	t.Log("CLUSTER_SEED", seed)
	return &chaos{t: t, rng: rand.New(rand.NewPCG(seed, 1)), engines: engines, faults: faults}
}

func TestExternalChaos(t *testing.T) {
	nats := startNATS(t)
	var proxies []*gatewaytest.Proxy
	var addrs []string
	for i := range 3 {
		proxies = append(proxies, proxyAt(t, "127.0.0.1:0", nats.addr))
		addrs = append(addrs, proxies[i].Addr())
	}
	t.Cleanup(func() {
		for _, p := range proxies {
			p.Close()
		}
	})
	c := newChaos(t, connected(t, addrs), killed, killedBriefly, drained, paused, cut(t, nats.addr, proxies), restarted(nats))
	c.run(int(number64(t, "CLUSTER_STEPS", 5)))
}

func TestEmbeddedChaos(t *testing.T) {
	c := newChaos(t, embedded(t), killed, killedBriefly, drained, paused)
	c.run(int(number64(t, "CLUSTER_STEPS", 3)))
}
