// Package quota bounds what one address, and all of them together, may ask of the gateways of
// one process: sockets, new ones and HTTP requests a second, rooms a second. What it remembers
// is bounded, too (see buckets).
//
// An address is an IPv4 address, or the /64 of an IPv6 address: as much as one subscriber has at
// least. Loopback has no bounds of its own, for a proxy on the same machine may stand there, or
// a load test; what is bounded for all together counts it.
package quota

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Options are the bounds; 0 is none. Rates are a second, on average: as many as come within
// burst may come at once.
type Options struct {
	Connections int // sockets that are open, of all addresses
	Rate        int // new sockets, of all addresses

	AddressConnections int // sockets that are open, of one address
	AddressRate        int // new sockets and HTTP requests, of one address
	AddressRooms       int // rooms brought to life, by one address

	// Proxies are whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
}

// burst is how long a rate takes to make up for what may come at once.
const burst = 5 * time.Second

// Verdict is whether something is within the bounds, or which one it breaks.
type Verdict uint8

const (
	OK Verdict = iota
	Connections
	Rate
	AddressConnections
	AddressRate
)

// Quota keeps count. It is safe for concurrent use.
type Quota struct {
	o Options // static after New

	// Guarded by mu
	mu      sync.Mutex
	all     *rate.Limiter // nil: no bound
	sockets int
	open    map[Key]int32 // sockets by address
	asked   buckets       // sockets and requests
	rooms   buckets
}

// New starts with nothing used.
func New(o Options) *Quota {
	q := &Quota{o: o, open: map[Key]int32{}, asked: newBuckets(o.AddressRate), rooms: newBuckets(o.AddressRooms)}
	if o.Rate > 0 {
		q.all = rate.NewLimiter(rate.Limit(o.Rate), atOnce(o.Rate))
	}
	return q
}

func atOnce(perSecond int) int { return int(min(float64(perSecond)*burst.Seconds(), math.MaxInt32)) }

// Enter counts a socket of that address until Leave. Where the verdict is not OK, it is not
// counted, and not to be taken leave of.
func (q *Quota) Enter(k Key) Verdict {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if v := q.sit(k, now); v != OK {
		return v
	}
	v := OK
	switch { // last: what one address is refused takes nothing from the others
	case q.o.Connections > 0 && q.sockets >= q.o.Connections:
		v = Connections
	case q.all != nil && !q.all.AllowN(now, 1):
		v = Rate
	}
	if v != OK {
		q.rise(k)
		return v
	}
	q.sockets++
	return OK
}

// Admit is Enter for a socket that was accepted from that address: of a proxy that is believed
// it is Proxied.
func (q *Quota) Admit(from netip.Addr) (Key, Verdict) {
	k := KeyOf(from)
	if q.Trusts(from) {
		k = Proxied
	}
	return k, q.Enter(k)
}

// Unveil has a socket that is Proxied be of the client that the proxy names, from now on: it
// counts as the Key returned. Rise takes that back.
func (q *Quota) Unveil(peer netip.Addr, forwarded []string) (Key, Verdict) {
	k := KeyOf(q.Client(peer, forwarded))
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	return k, q.sit(k, now)
}

// Leave forgets a socket.
func (q *Quota) Leave(k Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sockets--
	q.rise(k)
}

// Rise has a socket be Proxied again.
func (q *Quota) Rise(k Key) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rise(k)
}

// Sockets is how many are counted.
func (q *Quota) Sockets() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sockets
}

// Ask takes note of an HTTP request. It is OK or AddressRate.
func (q *Quota) Ask(k Key) Verdict {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.asked.take(k, now) {
		return AddressRate
	}
	return OK
}

// OpenRoom takes note of a room that is about to be brought to life, and is false where that
// address has made too many.
func (q *Quota) OpenRoom(k Key) bool {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rooms.take(k, now)
}

// sit is under mu.
func (q *Quota) sit(k Key, now time.Time) Verdict {
	switch {
	case k <= Proxied:
		return OK
	case q.o.AddressConnections > 0 && int(q.open[k]) >= q.o.AddressConnections:
		return AddressConnections
	case !q.asked.take(k, now):
		return AddressRate
	}
	if q.o.AddressConnections > 0 {
		q.open[k]++
	}
	return OK
}

// rise is under mu.
func (q *Quota) rise(k Key) {
	if n, ok := q.open[k]; ok {
		if n--; n > 0 {
			q.open[k] = n
		} else {
			delete(q.open, k)
		}
	}
}
