package peerjs

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// cluster is three nodes.
type cluster struct {
	*dialecttest.Cluster
	t *testing.T
}

func inCluster(t *testing.T, o Options, f func(t *testing.T, c *cluster)) {
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, o) }
	dialecttest.InCluster(t, 3, actors.Options{}, open, func(t *testing.T, c *dialecttest.Cluster) { f(t, &cluster{c, t}) })
}

// claim asks a node for an id.
func (c *cluster) claim(node int, id, token string) *dialecttest.Talker {
	return c.Nodes[node].Connect(url.Values{"key": {"peerjs"}, "id": {id}, "token": {token}}.Encode())
}

// peer is a client of a node that is there.
func (c *cluster) peer(node int, id string) *dialecttest.Talker {
	c.t.Helper()
	k := c.claim(node, id, "token of "+id)
	k.Hears(`{"type":"OPEN"}`)
	return k
}

// others are the nodes that do not have the room of all peers, and owner is the one that does.
func (c *cluster) others() (owner, x, y int) {
	owner = c.Owner(Namespace, peers)
	return owner, (owner + 1) % 3, (owner + 2) % 3
}

func (c *cluster) list(node int) string {
	w := httptest.NewRecorder()
	q := httptest.NewRequest("GET", "/", nil)
	q.URL.Path = "/peerjs/peers"
	c.Nodes[node].HTTP().ServeHTTP(w, q)
	return w.Body.String()
}

func TestPeersOfDifferentNodesReachEachOther(t *testing.T) {
	inCluster(t, Options{Discovery: true}, func(t *testing.T, c *cluster) {
		var all []*dialecttest.Talker
		for node := range c.Nodes {
			all = append(all, c.peer(node, fmt.Sprint(node)))
		}
		for from, a := range all {
			for to, b := range all {
				a.Says(fmt.Sprintf(`{"type":"OFFER","dst":"%d","payload":{"sdp":"v=0"}}`, to))
				b.Hears(fmt.Sprintf(`{"type":"OFFER","src":"%d","dst":"%d","payload":{"sdp":"v=0"}}`, from, to))
				b.Says(fmt.Sprintf(`{"type":"ANSWER","dst":"%d","payload":1}`, from))
				b.Says(fmt.Sprintf(`{"type":"CANDIDATE","dst":"%d","payload":2}`, from))
				b.Says(fmt.Sprintf(`{"type":"LEAVE","dst":"%d"}`, from))
				a.Hears(
					fmt.Sprintf(`{"type":"ANSWER","src":"%d","dst":"%d","payload":1}`, to, from),
					fmt.Sprintf(`{"type":"CANDIDATE","src":"%d","dst":"%d","payload":2}`, to, from),
					fmt.Sprintf(`{"type":"LEAVE","src":"%d","dst":"%d"}`, to, from),
				)
			}
			require.JSONEq(t, `["0","1","2"]`, c.list(from))
		}
		for _, k := range all {
			k.HearsNothing()
		}
	})
}

func TestNobodyOnAnyNode(t *testing.T) {
	inCluster(t, Options{}, func(t *testing.T, c *cluster) {
		for node := range c.Nodes {
			a := c.peer(node, "a")
			a.Says(`{"type":"OFFER","dst":"b","payload":1}`)
			a.Says(`{"type":"CANDIDATE","dst":"b","payload":2}`)
			c.Nodes[0].Later(5*time.Second - 1)
			a.HearsNothing()
			c.Nodes[0].Later(1)
			a.Hears(`{"type":"EXPIRE","src":"b","dst":"a"}`)

			a.Says(`{"type":"OFFER","dst":"b","payload":3}`)
			c.Nodes[0].Later(4 * time.Second)
			b := c.claim((node+1)%3, "b", "t")
			b.Hears(`{"type":"OPEN"}`, `{"type":"OFFER","src":"a","dst":"b","payload":3}`)
			a.End()
			b.End()
			c.Nodes[0].Later(time.Minute)
		}
	})
}

func TestAnIDIsOneInTheWholeCluster(t *testing.T) {
	inCluster(t, Options{}, func(t *testing.T, c *cluster) {
		for node := range c.Nodes {
			elsewhere := (node + 1) % 3
			a, b := c.peer(node, "a"), c.peer(elsewhere, "b")
			c.claim(elsewhere, "a", "another").Closes(actors.ClosePolicy, `{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`)
			a.HearsNothing()

			// Its own client comes back by another node, before the first has noticed that it is gone.
			again := c.claim(elsewhere, "a", "token of a")
			again.Hears(`{"type":"OPEN"}`)
			a.Closes(actors.CloseReplaced)
			b.Says(`{"type":"OFFER","dst":"a","payload":1}`)
			again.Hears(`{"type":"OFFER","src":"b","dst":"a","payload":1}`)

			// And by a third one, once the socket has ended.
			again.End()
			synctest.Wait()
			third := c.claim((node+2)%3, "a", "a new token")
			third.Hears(`{"type":"OPEN"}`)
			b.Says(`{"type":"OFFER","dst":"a","payload":2}`)
			third.Hears(`{"type":"OFFER","src":"b","dst":"a","payload":2}`)
			third.Says(`{"type":"LEAVE"}`)
			third.Closes(actors.CloseNormal)
			fourth := c.claim(node, "a", "t")
			fourth.Hears(`{"type":"OPEN"}`)
			fourth.End()
			b.End()
			synctest.Wait()
		}
	})
}

// TestWhatWaitsMovesWithTheRoom: as the node of the room goes in peace.
func TestWhatWaitsMovesWithTheRoom(t *testing.T) {
	inCluster(t, Options{}, func(t *testing.T, c *cluster) {
		owner, x, y := c.others()
		a, b, d := c.peer(owner, "a"), c.peer(x, "b"), c.peer(y, "d")
		a.Says(`{"type":"OFFER","dst":"nobody","payload":1}`)
		synctest.Wait()
		c.Nodes[0].Later(time.Second)
		b.Says(`{"type":"OFFER","dst":"late","payload":2}`)
		b.Says(`{"type":"CANDIDATE","dst":"late","payload":3}`)
		d.Says(`{"type":"OFFER","dst":"nobody","payload":4}`)
		synctest.Wait()
		c.Drain(owner)
		require.NotEqual(t, owner, c.Owner(Namespace, peers))
		for _, k := range []*dialecttest.Talker{a, b, d} {
			k.HearsNothing()
		}
		late := c.claim(y, "late", "t")
		late.Hears(`{"type":"OPEN"}`, `{"type":"OFFER","src":"b","dst":"late","payload":2}`, `{"type":"CANDIDATE","src":"b","dst":"late","payload":3}`)
		c.Nodes[0].Later(4*time.Second - 1)
		a.HearsNothing()
		c.Nodes[0].Later(1)
		a.Hears(`{"type":"EXPIRE","src":"nobody","dst":"a"}`)
		d.HearsNothing()
		c.Nodes[0].Later(time.Second)
		d.Hears(`{"type":"EXPIRE","src":"nobody","dst":"d"}`)
		c.Nodes[0].Later(time.Minute)
		b.HearsNothing()
	})
}

// TestMoreWaitsThanCanMove: whoever has sent it is told at once that nobody has it.
func TestMoreWaitsThanCanMove(t *testing.T) {
	inCluster(t, Options{}, func(t *testing.T, c *cluster) {
		owner, x, _ := c.others()
		a := c.peer(x, "a")
		const big, n = 60_000, 30
		for i := range n {
			a.Says(fmt.Sprintf(`{"type":"OFFER","dst":"%d","payload":"%0*d"}`, i, big, 0))
		}
		a.HearsNothing()
		c.Drain(owner)
		expired := len(a.Heard())
		require.Positive(t, expired)
		require.Less(t, expired, n)
		c.Nodes[0].Later(5 * time.Second)
		require.Len(t, a.Heard(), n-expired)
		c.Nodes[0].Later(time.Minute)
		a.HearsNothing()
	})
}

// TestTheNodeOfTheRoomDies: who is connected elsewhere goes on, and hears nothing of it.
func TestTheNodeOfTheRoomDies(t *testing.T) {
	inCluster(t, Options{}, func(t *testing.T, c *cluster) {
		owner, x, y := c.others()
		c.peer(owner, "lost")
		a, b := c.peer(x, "a"), c.peer(y, "b")
		a.Says(`{"type":"OFFER","dst":"c","payload":1}`)
		a.Says(`{"type":"OFFER","dst":"later","payload":1}`)
		a.Says(`{"type":"CANDIDATE","dst":"later","payload":1}`)
		synctest.Wait()
		came := c.claim(y, "c", "t")
		came.Hears(`{"type":"OPEN"}`, `{"type":"OFFER","src":"a","dst":"c","payload":1}`)
		came.End()
		synctest.Wait()
		c.Kill(owner)
		a.Hears(`{"type":"EXPIRE","src":"later","dst":"a"}`) // what waited is lost; and no second OPEN
		b.HearsNothing()
		a.Says(`{"type":"OFFER","dst":"b","payload":1}`)
		b.Hears(`{"type":"OFFER","src":"a","dst":"b","payload":1}`)
		c.claim(x, "b", "another").Closes(actors.ClosePolicy, `{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`)
		again := c.claim(x, "b", "token of b")
		again.Hears(`{"type":"OPEN"}`)
		b.Closes(actors.CloseReplaced)
		c.claim(y, "lost", "another").Hears(`{"type":"OPEN"}`)
		a.Says(`{"type":"OFFER","dst":"nobody","payload":1}`)
		c.Nodes[0].Later(5 * time.Second)
		a.Hears(`{"type":"EXPIRE","src":"nobody","dst":"a"}`)
	})
}

// TestANodeOfPeersDies: their ids are free with its lease.
func TestANodeOfPeersDies(t *testing.T) {
	inCluster(t, Options{}, func(t *testing.T, c *cluster) {
		owner, x, y := c.others()
		c.peer(x, "lost")
		a := c.peer(y, "a")
		c.Kill(x)
		c.claim(owner, "lost", "another").Hears(`{"type":"OPEN"}`)
		a.Says(`{"type":"OFFER","dst":"lost","payload":1}`)
		a.HearsNothing()
	})
}
