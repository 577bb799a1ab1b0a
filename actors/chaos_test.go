package actors_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/wire"
)

// chaos is a cluster in which things go wrong, the souls in it, and what must be true all the
// same.
type chaos struct {
	t    *testing.T
	seed uint64
	rng  *rand.Rand
	net  *clustertest.Network
	house

	mu       sync.Mutex
	all      []*clustertest.Node // for the end
	nodes    []*clustertest.Node // that clients can connect to
	away     []*clustertest.Node // that have lost their lease
	souls    []*soul
	texts    int
	says     map[string]string // epoch and seq: what was told
	everyone map[string]bool   // epoch and seq: a broadcast
	by       map[string]string // epoch and seq: the member that said it, where that is known
	places   map[string]string // text: epoch and seq
	forsaken map[string]int    // room: requests that nobody waits for any more
	stints   []*stint
	count    map[string]int
	failure  string
	violent  bool
	calm     atomic.Bool // nothing happens any more
}

func (c *chaos) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure == "" {
		c.failure = fmt.Sprintf(format, args...)
	}
}

func at(epoch string, seq uint64) string { return fmt.Sprintf("%s %d", epoch, seq) }

// told compares what two souls were told under one number: two owners would not agree.
func (c *chaos) told(epoch string, seq uint64, what string, all bool) {
	c.mu.Lock()
	k := at(epoch, seq)
	old, known := c.says[k]
	c.says[k] = what
	if all {
		c.everyone[k] = true
	}
	c.mu.Unlock()
	if known && old != what {
		c.fail("%s was told as %q and as %q", k, old, what)
	}
}

// place sees that a text has one place in one epoch, and no other.
func (c *chaos) place(text, epoch string, seq uint64) {
	c.mu.Lock()
	k := at(epoch, seq)
	old, known := c.places[text]
	c.places[text] = k
	c.mu.Unlock()
	if known && old != k {
		c.fail("%q is at %s and at %s", text, old, k)
	}
}

func (c *chaos) acked(q *wire.Request, epoch string, seq uint64, member, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count["acked"]++
	c.by[at(epoch, seq)] = member
	if q.To == nil {
		c.everyone[at(epoch, seq)] = true
	}
}

func (c *chaos) said(epoch string, seq uint64, member string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by[at(epoch, seq)] = member
}

// forsake notes requests of which nobody will ever know what became of them.
func (c *chaos) forsake(room string, requests int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forsaken[room] += requests
}

func (c *chaos) begin(s *stint) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stints = append(c.stints, s)
	c.count["stints"]++
}

func (c *chaos) ended(s *soul, code int) {
	if code != 0 && code != actors.CloseKicked && code != actors.CloseUnauthorized && !c.violent {
		c.fail("%s: closed with %d in peace", s.name, code)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[fmt.Sprint("closed ", code)]++
}

func (c *chaos) tally(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count[what]++
}

func (c *chaos) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts++
	return fmt.Sprint("text ", c.texts)
}

func (c *chaos) anyNode(rng *rand.Rand) *clustertest.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.nodes) == 0 {
		return nil
	}
	return c.nodes[rng.IntN(len(c.nodes))]
}

// newNode makes a node; it is not in the cluster.
func (c *chaos) newNode() *clustertest.Node {
	node := c.net.NewNode()
	o := actors.Options{
		Cluster: node, Linger: 30 * time.Second, RoomCapacity: c.house.capacity,
		Logger: slog.New(slog.NewTextHandler(c.t.Output(), nil)),
	}
	if c.house.tokens {
		o.Tokens = c.house
	}
	sys, err := actors.NewSystem(o)
	require.NoError(c.t, err)
	require.NoError(c.t, c.house.prepare(sys))
	node.System = sys
	c.all = append(c.all, node)
	return node
}

func (c *chaos) take(list *[]*clustertest.Node) *clustertest.Node {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	i := c.rng.IntN(len(*list))
	n := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return n
}

func (c *chaos) open(nodes ...*clustertest.Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, nodes...)
}

// drop cuts the lines of all souls that are connected to a node.
func (c *chaos) drop(n *clustertest.Node) {
	for _, s := range c.souls {
		s.mu.Lock()
		if s.at == n && s.line != nil {
			s.line.Drop()
			s.line, s.joined = nil, false
			s.later()
		}
		s.mu.Unlock()
	}
}

func (c *chaos) nap(most time.Duration) { time.Sleep(time.Duration(c.rng.Int64N(int64(most)))) }

// disturb has something happen to the cluster.
func (c *chaos) disturb() {
	p := c.rng.IntN(100)
	switch {
	case p < 25:
		c.tally("join")
		n := c.newNode()
		c.net.Join(n)
		c.nap(100 * time.Millisecond)
		c.open(n)
	case p < 50 && len(c.nodes) > 1:
		c.tally("leave")
		n := c.take(&c.nodes)
		c.net.Leave(n)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := n.System.Leave(ctx); err != nil {
			c.fail("leave: %v", err)
		}
		cancel()
		c.drop(n)
		c.nap(time.Second)
		c.net.Remove(n)
	case !c.violent:
	case p < 65 && len(c.nodes) > 1:
		c.tally("kill")
		n := c.take(&c.nodes)
		c.net.Silence(n)
		c.drop(n)
		c.nap(300 * time.Millisecond)
		c.net.Expire(n)
	case p < 75 && len(c.nodes) > 1:
		c.tally("lose")
		n := c.take(&c.nodes)
		c.net.Silence(n)
		c.nap(300 * time.Millisecond)
		c.net.Expire(n)
		c.mu.Lock()
		c.away = append(c.away, n)
		c.mu.Unlock()
	case p < 85:
		if n := c.take(&c.away); n != nil {
			c.tally("come back")
			c.net.Join(n)
			c.open(n)
		}
	case len(c.nodes) > 1:
		c.tally("cut")
		a, b := c.nodes[0], c.nodes[1+c.rng.IntN(len(c.nodes)-1)]
		c.net.Cut(a, b)
	}
}

// live has things happen, and then waits until all is quiet.
func (c *chaos) live(steps int) {
	for i := range steps {
		for range 1 + c.rng.IntN(4) {
			c.souls[c.rng.IntN(len(c.souls))].act()
		}
		if i%12 == 11 {
			c.disturb()
		}
		c.nap(40 * time.Millisecond)
		if c.failure != "" {
			return
		}
	}
	for n := c.take(&c.away); n != nil; n = c.take(&c.away) {
		c.net.Join(n)
		c.open(n)
	}
	c.calm.Store(true)
	for range 45 { // who is suspended has gone
		time.Sleep(time.Second)
		for _, s := range c.souls {
			s.settleDown()
		}
	}
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// judge holds what everybody has seen against what was promised.
func (c *chaos) judge() {
	require.Empty(c.t, c.failure, "seed %d", c.seed)
	for _, s := range c.stints {
		for seq := s.from + 1; seq <= s.to; seq++ {
			k := at(s.epoch, seq)
			require.False(c.t, c.everyone[k] && !s.seen[seq] && c.by[k] != s.member, "seed %d: %s (%s) has missed %s: %s", c.seed, s.soul, s.member, k, c.says[k])
		}
	}
	if !c.violent {
		c.counted()
	}
	c.gapless()
	rooms := map[string]map[string]bool{}
	for _, s := range c.souls {
		if !s.in {
			continue
		}
		if !s.joined {
			dump := ""
			for _, n := range c.all {
				dump += actors.Dump(n.System)
			}
			require.True(c.t, s.joined, "seed %d: %s is not in: at %v %v %s", c.seed, s.name, s.at.Self(), s.line != nil, dump)
		}
		require.Empty(c.t, s.pending, "seed %d: %s waits for answers", c.seed, s.name)
		if rooms[s.room] == nil {
			rooms[s.room] = map[string]bool{}
		}
		if !s.hidden {
			rooms[s.room][s.member] = true
		}
	}
	epochs := map[string]string{}
	for _, s := range c.souls {
		if s.in {
			if !s.hidden {
				require.Equal(c.t, rooms[s.room], s.roster, "seed %d: %s", c.seed, s.name)
			}
			if old := epochs[s.room]; old != "" {
				require.Equal(c.t, old, s.epoch, "seed %d: %s", c.seed, s.name)
			}
			epochs[s.room] = s.epoch
		}
	}
}

func tryChaos(t *testing.T, seed uint64, violent bool, steps int) {
	synctest.Test(t, func(t *testing.T) {
		c := &chaos{
			t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), net: clustertest.New(), violent: violent,
			house: houseOf(seed), forsaken: map[string]int{},
			says: map[string]string{}, everyone: map[string]bool{}, by: map[string]string{},
			places: map[string]string{}, count: map[string]int{},
		}
		var mu sync.Mutex
		delays := rand.New(rand.NewPCG(seed, 2))
		c.net.Delay = func() time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return time.Duration(delays.Int64N(int64(20 * time.Millisecond)))
		}
		for range 3 {
			c.nodes = append(c.nodes, c.newNode())
		}
		c.net.Join(c.nodes...)
		time.Sleep(time.Second)
		for i := range 9 {
			s := &soul{world: c, name: fmt.Sprint("soul ", i), room: fmt.Sprint("room ", i%3), hidden: c.house.hidden && i%4 == 1, moderates: i%4 == 0, rng: rand.New(rand.NewPCG(seed, uint64(10+i)))}
			s.lose()
			c.souls = append(c.souls, s)
		}
		defer func() {
			for _, s := range c.souls {
				s.mu.Lock()
				s.in = false
				if s.line != nil {
					s.line.Drop()
				}
				s.mu.Unlock()
			}
			time.Sleep(time.Second)
			for _, n := range c.all {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				require.NoError(t, n.System.Close(ctx), "seed %d: close: %v", seed, actors.Dump(n.System))
				cancel()
			}
			time.Sleep(time.Second)
		}()
		c.live(steps)
		c.judge()
		t.Logf("seed %d: %v", seed, c.count)
	})
}

// TestPeacefulCluster: nodes come and go in peace, and nobody but their own clients notices.
func TestPeacefulCluster(t *testing.T) {
	for _, seed := range seeds(t, 1, 2, 3) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { tryChaos(t, seed, false, steps(t, 200)) })
	}
}

// TestViolentCluster: nodes are killed, lose their leases, come and go, and links are cut.
func TestViolentCluster(t *testing.T) {
	for _, seed := range seeds(t, 1, 2, 3) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { tryChaos(t, seed, true, steps(t, 200)) })
	}
}
