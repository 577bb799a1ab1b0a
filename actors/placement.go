package actors

import (
	"encoding/binary"
	"hash/fnv"
)

// ownerOf is the node that owns a room: of the view's nodes the one with the largest hash of its
// id and the room's names (rendezvous hashing), so that a node that comes or goes moves its own
// share of the rooms and no other. All nodes must find the same one, in every process and every
// version: the hash is part of the protocol between them. "": there are no nodes.
func ownerOf(k roomKey, nodes []string) (owner string) {
	h := fnv.New64a()
	h.Write(binary.AppendUvarint(nil, uint64(len(k.namespace))))
	h.Write([]byte(k.namespace))
	h.Write([]byte(k.name))
	room := h.Sum64()
	var most uint64
	for _, n := range nodes {
		h.Reset()
		h.Write([]byte(n))
		if score := mix(h.Sum64() ^ mix(room)); owner == "" || score > most || score == most && n < owner {
			owner, most = n, score
		}
	}
	return owner
}

// mix spreads x over all 64 bits: the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
