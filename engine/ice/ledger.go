package ice

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/turn/v4"
)

// ledger knows whose the allocations are: it keeps users within their quota and out of each
// other's allocations, and lets an allocation outlive the credentials that it was made with, as
// coturn does: browsers go on refreshing with the old ones until their next ICE restart.
type ledger struct {
	// Static after construction
	secret Secret
	quota  int

	// Guarded by mu
	mu     sync.Mutex
	tuples map[tuple]*holding
	counts map[string]int // of holdings, by user
}

// tuple is where a client speaks from, and over which listener: an allocation's 5-tuple.
type tuple struct {
	transport string
	client    netip.AddrPort
}

// holding is an allocation, or one that is about to be made.
type holding struct {
	user string
	made bool
}

func newLedger(secret Secret, quota int) *ledger {
	return &ledger{secret: secret, quota: quota, tuples: map[tuple]*holding{}, counts: map[string]int{}}
}

// key is turn's AuthHandler. The caller checks the message's integrity with the key returned.
func (l *ledger) key(at tuple, username, realm string) ([]byte, bool) {
	user, expiry, err := splitUsername(username)
	if err != nil || realm != Realm {
		return nil, false
	}
	l.mu.Lock()
	h := l.tuples[at]
	l.mu.Unlock()
	switch {
	case h != nil && h.user != user: // somebody else's (RFC 8656, 7.2)
		return nil, false
	case h == nil && !time.Now().Before(expiry):
		return nil, false
	}
	return turn.GenerateAuthKey(username, realm, l.secret.password(username)), true
}

// reserve is turn's QuotaHandler: called for new allocations alone, after key.
func (l *ledger) reserve(at tuple, username string) bool {
	user, expiry, err := splitUsername(username)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || !time.Now().Before(expiry) || l.tuples[at] != nil || l.counts[user] >= l.quota {
		return false
	}
	l.tuples[at] = &holding{user: user}
	l.counts[user]++
	return true
}

func (l *ledger) made(at tuple) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.tuples[at]; h != nil {
		h.made = true
	}
}

// failed is told of every request that went wrong, also of those that have nothing to do with a
// reservation.
func (l *ledger) failed(at tuple) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.tuples[at]; h != nil && !h.made {
		l.drop(at, h)
	}
}

func (l *ledger) ended(at tuple) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.tuples[at]; h != nil {
		l.drop(at, h)
	}
}

// drop forgets a holding. Under mu.
func (l *ledger) drop(at tuple, h *holding) {
	delete(l.tuples, at)
	if l.counts[h.user]--; l.counts[h.user] == 0 {
		delete(l.counts, h.user)
	}
}

// holds tells whether a client has an allocation.
func (l *ledger) holds(at tuple) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.tuples[at]
	return h != nil && h.made
}

// at is the tuple of a client.
func at(transport string, client net.Addr) tuple {
	switch a := client.(type) {
	case *net.UDPAddr:
		return tuple{transport, a.AddrPort()}
	case *net.TCPAddr:
		return tuple{transport, a.AddrPort()}
	}
	return tuple{transport: transport}
}

// handlers fills in what a turn server on one transport asks and tells.
func (l *ledger) handlers(c *turn.ServerConfig, transport string) {
	c.AuthHandler = func(username, realm string, client net.Addr) ([]byte, bool) {
		return l.key(at(transport, client), username, realm)
	}
	c.QuotaHandler = func(username, _ string, client net.Addr) bool {
		return l.reserve(at(transport, client), username)
	}
	c.EventHandler = turn.EventHandler{
		OnAllocationCreated: func(client, _ net.Addr, _, _, _ string, _ net.Addr, _ int) { l.made(at(transport, client)) },
		OnAllocationDeleted: func(client, _ net.Addr, _, _, _ string) { l.ended(at(transport, client)) },
		OnAllocationError:   func(client, _ net.Addr, _, _ string) { l.failed(at(transport, client)) },
	}
}
