package tracker

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// shared is a swarm that is on one node of three, with a client on each.
type shared struct {
	*dialecttest.Cluster
	t     *testing.T
	hash  string
	owner int
	k     []*dialecttest.Talker
}

func overNodes(t *testing.T, f func(t *testing.T, s *shared)) {
	for owner := range 3 {
		dialecttest.InCluster(t, 3, actors.Options{}, New, func(t *testing.T, c *dialecttest.Cluster) {
			room := c.Room(owner, namespace, func(i int) string { return roomOf(fmt.Sprintf("%020d", i)) })
			s := &shared{Cluster: c, t: t, hash: hashOf(room), owner: owner}
			for _, node := range c.Nodes {
				s.k = append(s.k, node.Connect(""))
			}
			f(t, s)
		})
	}
}

// says announces a peer of a node's client.
func (s *shared) says(node int, name, more string) {
	s.k[node].Says(fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":%q%s}`, s.hash, id(name), more))
}

// counts is what an announce is answered.
func (s *shared) counts(complete, incomplete int) string {
	return fmt.Sprintf(`{"action":"announce","info_hash":%q,"interval":120,"complete":%d,"incomplete":%d}`, s.hash, complete, incomplete)
}

// wantScrape asks every node, and each client must hear nothing else.
func (s *shared) wantScrape(complete, incomplete, downloaded int, nodes ...int) {
	s.t.Helper()
	for _, node := range nodes {
		s.k[node].Says(fmt.Sprintf(`{"action":"scrape","info_hash":%q}`, s.hash))
		s.k[node].Hears(fmt.Sprintf(`{"action":"scrape","files":{%q:{"complete":%d,"incomplete":%d,"downloaded":%d}}}`,
			s.hash, complete, incomplete, downloaded))
	}
}

// offers has a peer make an offer, which must go to the only other one, and be answered.
func (s *shared) offers(from int, name string, to int, other string, complete, incomplete int) {
	s.t.Helper()
	s.says(from, name, `,"numwant":1,"offers":[{"offer":{"type":"offer","sdp":"v=0"},"offer_id":"1"}]`)
	s.k[from].Hears(s.counts(complete, incomplete))
	s.k[to].Hears(fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":%q,"offer":{"type":"offer","sdp":"v=0"},"offer_id":"1"}`, s.hash, id(name)))
	s.says(to, other, fmt.Sprintf(`,"to_peer_id":%q,"answer":{"type":"answer","sdp":"v=0"},"offer_id":"1"`, id(name)))
	s.k[from].Hears(fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":%q,"answer":{"type":"answer","sdp":"v=0"},"offer_id":"1"}`, s.hash, id(other)))
	s.k[to].HearsNothing()
}

func TestASwarmOverNodes(t *testing.T) {
	overNodes(t, func(t *testing.T, s *shared) {
		s.says(0, "a", `,"event":"started","left":0`)
		s.k[0].Hears(s.counts(1, 0))
		s.says(1, "b", `,"event":"started","left":7`)
		s.k[1].Hears(s.counts(1, 1))
		s.wantScrape(1, 1, 0, 0, 1, 2)
		s.offers(0, "a", 1, "b", 1, 1)
		s.offers(1, "b", 0, "a", 1, 1)
		s.says(1, "b", `,"event":"completed"`)
		s.k[1].Hears(s.counts(2, 0))
		s.says(2, "c", ``)
		s.k[2].Hears(s.counts(2, 1))
		s.says(0, "a", `,"event":"stopped"`)
		s.k[0].Hears(s.counts(1, 1))
		s.k[1].End() // its node tells
		synctest.Wait()
		s.wantScrape(0, 1, 1, 0, 2)
	})
}

// TestASwarmMoves: nobody announces anew, and the counts are what they were.
func TestASwarmMoves(t *testing.T) {
	overNodes(t, func(t *testing.T, s *shared) {
		x, y := (s.owner+1)%3, (s.owner+2)%3
		s.says(s.owner, "a", `,"event":"started","left":1`)
		s.k[s.owner].Hears(s.counts(0, 1))
		s.says(s.owner, "a", `,"event":"completed"`)
		s.k[s.owner].Hears(s.counts(1, 0))
		s.says(x, "b", `,"event":"started","left":7`)
		s.k[x].Hears(s.counts(1, 1))
		s.Drain(s.owner)
		require.NotEqual(t, s.owner, s.Owner(namespace, roomOf(s.hash)))
		s.wantScrape(1, 1, 1, 0, 1, 2)
		s.offers(x, "b", s.owner, "a", 1, 1)
		s.offers(s.owner, "a", x, "b", 1, 1)
		s.k[s.owner].End()
		synctest.Wait()
		s.wantScrape(0, 1, 1, x, y)
	})
}

// TestTheNodeOfASwarmDies: the peers of the others are still there, and its own are not.
func TestTheNodeOfASwarmDies(t *testing.T) {
	overNodes(t, func(t *testing.T, s *shared) {
		x, y := (s.owner+1)%3, (s.owner+2)%3
		s.says(s.owner, "a", `,"event":"started","left":1`)
		s.k[s.owner].Hears(s.counts(0, 1))
		s.says(x, "b", `,"event":"started","left":0`)
		s.k[x].Hears(s.counts(1, 1))
		s.says(x, "b2", ``) // a second peer of one socket
		s.k[x].Hears(s.counts(1, 2))
		s.says(x, "b2", `,"event":"stopped"`)
		s.k[x].Hears(s.counts(1, 1))
		s.says(y, "c", `,"event":"started","left":7`)
		s.k[y].Hears(s.counts(1, 2))
		s.Kill(s.owner)
		s.k[x].HearsNothing()
		s.wantScrape(1, 1, 0, x, y)
		s.offers(y, "c", x, "b", 1, 1)
		s.offers(x, "b", y, "c", 1, 1)
	})
}

// TestAProfileHasAPlaceForAllPeersOfASocket, whatever their ids are.
func TestAProfileHasAPlaceForAllPeersOfASocket(t *testing.T) {
	overNodes(t, func(t *testing.T, s *shared) {
		x := (s.owner + 1) % 3
		for i := range maxPeers {
			s.k[x].Says(fmt.Sprintf(`{"action":"announce","info_hash":%q,"peer_id":"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000b\u000c\u000e\u000f\u0010\u0011\u0012<>&\u00%02x","left":0}`, s.hash, i))
			s.k[x].Hears(s.counts(i+1, 0))
		}
		s.Kill(s.owner)
		s.wantScrape(maxPeers, 0, 0, x)
	})
}
