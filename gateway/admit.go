package gateway

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/parley-signaling/parley/gateway/quota"
)

// Who may come in: Options.Quota, asked before anything is done for a socket or a request.

// maxTurnedAway is how many sockets that may not come in a shard, and the web server, has at a
// time, to tell them why; of further ones nothing is read, they are closed.
const maxTurnedAway = 256

func refusedFor(v quota.Verdict) *refusal {
	switch v {
	case quota.OK:
		return nil
	case quota.Connections:
		return refusedConnections
	case quota.Rate:
		return refusedRate
	case quota.AddressConnections:
		return refusedAddressConnections
	}
	return refusedAddressRate
}

// complainEvery is how often, at most, refusals for want of quota are logged.
const complainEvery = time.Minute

// complain counts a refusal for want of quota, and logs one now and then.
func (g *Gateway) complain(from netip.Addr, no *refusal) {
	g.stats.refuse(no.cause)
	last, now := g.complained.Load(), time.Now().UnixNano()
	if last != 0 && now-last < int64(complainEvery) || !g.complained.CompareAndSwap(last, now) {
		return
	}
	var args []any
	if g.o.LogAddresses {
		args = []any{"peer", from}
	}
	g.o.Logger.Warn("gateway: connections are refused: "+no.text+
		" (a peer that is a proxy must be named as trusted, so that its clients are told apart)", args...)
}

// guest is a connection of the web server. Its own goroutine alone looks at it, but for what is
// marked.
type guest struct {
	no    *refusal  // static: it may not come in; nil: it may, and is counted as key
	key   quota.Key // once the web server is done with it, it is taken leave of, unless it was moved
	moved bool      // it became a WebSocket, whose socket keeps count
	asked bool      // it has had a request: the first one costs nothing, for the socket has
}

// admit decides on a connection that another listener than the shards' has accepted, and is
// false where it is to be closed.
func (w *web) admit(nc net.Conn) bool {
	from := quota.AddrOf(nc.RemoteAddr())
	key, v := w.g.o.Quota.Admit(from)
	if v == quota.OK {
		w.sit(nc, &guest{key: key})
		return true
	}
	no := refusedFor(v)
	w.g.complain(from, no)
	return w.turnAway(nc, no)
}

func (w *web) sit(nc net.Conn, g *guest) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.guests[nc] = g
}

// turnAway has a connection that may not come in told why, if that costs little.
func (w *web) turnAway(nc net.Conn, no *refusal) bool {
	if isTLS(nc) { // a handshake costs more than whatever is refused
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.turned >= maxTurnedAway {
		return false
	}
	w.turned++
	w.guests[nc] = &guest{no: no}
	return true
}

// left forgets a connection that is closed, or hijacked.
func (w *web) left(nc net.Conn) {
	w.mu.Lock()
	g := w.guests[nc]
	delete(w.guests, nc)
	if g != nil && g.no != nil {
		w.turned--
	}
	w.mu.Unlock()
	if g != nil && g.no == nil && !g.moved {
		w.g.o.Quota.Leave(g.key)
	}
}

// guestKey is a request's *guest among the values of its context.
type guestKey struct{}

func (w *web) withGuest(ctx context.Context, nc net.Conn) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	return context.WithValue(ctx, guestKey{}, w.guests[nc])
}

func guestOf(r *http.Request) *guest {
	g, _ := r.Context().Value(guestKey{}).(*guest)
	return g
}

// entering decides on a request, and returns what a WebSocket that comes of it is to count as.
// g is nil within another server.
func (gw *Gateway) entering(g *guest, r *http.Request, upgrade bool) (quota.Key, *refusal) {
	q := gw.o.Quota
	peer, client := gw.clientOf(r)
	if g == nil {
		if !upgrade {
			return quota.None, refusedFor(q.Ask(quota.KeyOf(client)))
		}
		key := quota.KeyOf(client)
		return key, refusedFor(q.Enter(key))
	}
	first := !g.asked
	g.asked = true
	switch {
	case g.no != nil:
		return quota.None, g.no
	case upgrade && g.key == quota.Proxied:
		key, v := q.Unveil(peer, r.Header["X-Forwarded-For"])
		return key, refusedFor(v)
	case first && g.key != quota.Proxied:
		return g.key, nil
	}
	return g.key, refusedFor(q.Ask(quota.KeyOf(client)))
}

// stays takes back what entering has done for an upgrade that did not come about.
func (gw *Gateway) stays(g *guest, key quota.Key) {
	switch {
	case g == nil:
		gw.o.Quota.Leave(key)
	case key != g.key:
		gw.o.Quota.Rise(key)
	}
}

// clientOf is who has sent r, and over whose connection.
func (gw *Gateway) clientOf(r *http.Request) (peer, client netip.Addr) {
	ap, _ := netip.ParseAddrPort(r.RemoteAddr)
	return ap.Addr(), gw.o.Quota.Client(ap.Addr(), r.Header["X-Forwarded-For"])
}
