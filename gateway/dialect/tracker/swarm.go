package tracker

import (
	"math/rand/v2"
	"slices"
)

// maxPeers is how many peers of one swarm a socket may speak for: the clients of one program
// share a socket.
const maxPeers = 16

// swarm is who has a torrent, or wants it.
type swarm struct {
	list       []*peer            // in any order
	ids        map[string][]*peer // by peer_id: one for each socket that announces it
	members    map[string][]*peer // by the socket's member
	complete   int                // of list
	downloaded int                // how often a peer has completed
}

// peer is a peer_id as one socket announces it.
type peer struct {
	id       string
	member   string
	complete bool
	at       int // its place in the list
}

func newSwarm() *swarm { return &swarm{ids: map[string][]*peer{}, members: map[string][]*peer{}} }

func (s *swarm) incomplete() int { return len(s.list) - s.complete }

// find is nil where the member has not announced that id.
func (s *swarm) find(member, id string) *peer {
	for _, p := range s.members[member] {
		if p.id == id {
			return p
		}
	}
	return nil
}

// add takes a new peer in; false where the member has as many as it may.
func (s *swarm) add(member, id string) (*peer, bool) {
	if len(s.members[member]) == maxPeers {
		return nil, false
	}
	p := &peer{id: id, member: member, at: len(s.list)}
	s.list = append(s.list, p)
	s.ids[id] = append(s.ids[id], p)
	s.members[member] = append(s.members[member], p)
	return p, true
}

// completes notes that p has all there is; downloaded, that it has got it here. It is false where
// that is known.
func (s *swarm) completes(p *peer, downloaded bool) bool {
	if p.complete {
		return false
	}
	p.complete = true
	s.complete++
	if downloaded {
		s.downloaded++
	}
	return true
}

func (s *swarm) remove(p *peer) {
	last := len(s.list) - 1
	s.swap(p.at, last)
	s.list[last] = nil
	s.list = s.list[:last]
	if p.complete {
		s.complete--
	}
	without(s.ids, p.id, p)
	without(s.members, p.member, p)
}

// leave removes all peers of a member.
func (s *swarm) leave(member string) {
	for len(s.members[member]) > 0 {
		s.remove(s.members[member][0])
	}
}

func without(m map[string][]*peer, key string, p *peer) {
	rest := slices.DeleteFunc(m[key], func(q *peer) bool { return q == p })
	if len(rest) == 0 {
		delete(m, key)
		return
	}
	m[key] = rest
}

func (s *swarm) swap(i, j int) {
	s.list[i], s.list[j] = s.list[j], s.list[i]
	s.list[i].at, s.list[j].at = i, j
}

// pick chooses up to n peers by chance, each id at most once and none of that id. They are
// moved to the front of the list.
func (s *swarm) pick(n int, but string) []*peer {
	var chosen []*peer
	for i := 0; i < len(s.list) && len(chosen) < n; i++ {
		s.swap(i, i+rand.IntN(len(s.list)-i))
		p := s.list[i]
		if p.id != but && !slices.ContainsFunc(chosen, func(c *peer) bool { return c.id == p.id }) {
			chosen = append(chosen, p)
		}
	}
	return chosen
}
