package cluster

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// macSize is how many bytes of an HMAC-SHA-256 a packet ends with.
const macSize = 16

// key is the cluster's secret; nil: there is none, and everything is believed.
type key []byte

// proof shows to those who know the secret that its maker does, for that purpose only.
func (k key) proof(purpose, cluster, about string) []byte {
	if k == nil {
		return nil
	}
	h := hmac.New(sha256.New, k)
	for _, s := range []string{purpose, cluster, about} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}

// proved tells whether sum is that proof. Without a secret nothing is asked for; nothing may be shown either:
// a cluster with a secret is none of ours.
func (k key) proved(sum []byte, purpose, cluster, about string) bool {
	return hmac.Equal(sum, k.proof(purpose, cluster, about))
}

// routePassword is what embedded servers let each other in for.
func (k key) routePassword(cluster string) string {
	return hex.EncodeToString(k.proof("route", cluster, ""))
}

// sealer authenticates packets: an HMAC over the receiver's id and the packet. Packets carry their sender,
// the link's life and their number, so that one is good nowhere else and only once.
// It is safe for concurrent use. nil: packets are not authenticated.
type sealer struct{ pool sync.Pool }

func newSealer(k key, cluster string) *sealer {
	if k == nil {
		return nil
	}
	derived := k.proof("packets", cluster, "")
	return &sealer{sync.Pool{New: func() any { return hmac.New(sha256.New, derived) }}}
}

// seal appends the packet's proof to it.
func (s *sealer) seal(packet []byte, to string) []byte {
	if s == nil {
		return packet
	}
	return append(packet, s.sum(packet, to)...)
}

// open returns the packet without its proof, and whether that is right.
func (s *sealer) open(sealed []byte, to string) ([]byte, bool) {
	if s == nil {
		return sealed, true
	}
	n := len(sealed) - macSize
	if n < 0 {
		return nil, false
	}
	return sealed[:n], hmac.Equal(sealed[n:], s.sum(sealed[:n], to))
}

func (s *sealer) sum(packet []byte, to string) []byte {
	h := s.pool.Get().(hash.Hash)
	defer s.pool.Put(h)
	h.Reset()
	h.Write([]byte(to))
	h.Write([]byte{0})
	h.Write(packet)
	return h.Sum(nil)[:macSize]
}
