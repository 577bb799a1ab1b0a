package gateway

import (
	"io"
	"net"
	"net/http"
	"net/netip"
)

// ServeHTTP upgrades r inside another net/http server, by hijacking the connection, and
// hands it to the gateway's shards; routes, origins and limits are those of Options. What is
// not an upgrade goes to Options.HTTP. The server's own limits on headers apply.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	gu, upgrade := guestOf(r), isUpgrade(r)
	key, no := g.entering(gu, r, upgrade)
	if no != nil {
		g.turnAway(w, gu, no)
		return
	}
	if !upgrade {
		g.plain(w, r)
		return
	}
	a, no := g.negotiate(requestOf(r))
	if no != nil {
		g.stays(gu, key)
		g.stats.refuse(no.cause)
		g.logRefused(no, peerOf(r))
		no.write(w)
		return
	}
	if gu != nil {
		gu.moved = true
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		g.stays(gu, key)
		if gu != nil {
			gu.moved = false
		}
		g.stats.refuse(refusedInternal.cause)
		g.o.Logger.Error("gateway: a connection cannot be taken over", "err", err)
		refusedInternal.write(w)
		return
	}
	more, _ := io.ReadAll(io.LimitReader(rw.Reader, int64(rw.Reader.Buffered())))
	if rc, ok := nc.(*readConn); ok {
		more = append(more, rc.read...)
		nc = rc.Conn
	}
	a.key = key
	g.adopt(nc, a, more)
}

// peerOf tells from where r came.
func peerOf(r *http.Request) func() netip.Addr {
	return func() netip.Addr {
		ap, _ := netip.ParseAddrPort(r.RemoteAddr)
		return ap.Addr()
	}
}

// turnAway answers a request that may not come in; its connection ends with it.
func (g *Gateway) turnAway(w http.ResponseWriter, gu *guest, no *refusal) {
	if gu == nil || gu.no == nil { // else it is counted
		g.stats.refuse(no.cause)
	}
	w.Header().Set("Connection", "close")
	no.write(w)
}

// adopt gives a connection whose upgrade is granted to a shard, as a bare descriptor where
// that can be.
func (g *Gateway) adopt(nc net.Conn, a *accepted, more []byte) {
	s := g.nextShard()
	if s.poller.Descriptors() {
		if fd, ok := takeFD(nc); ok {
			if !s.call(func() { s.adoptFD(fd, a, more) }) {
				closeFD(fd)
				g.o.Quota.Leave(a.key)
			}
			return
		}
	}
	if !s.call(func() { s.adoptNet(nc, a, more) }) {
		nc.Close()
		g.o.Quota.Leave(a.key)
	}
}

func (s *shard) adoptFD(fd int, a *accepted, more []byte) {
	if k := s.watch(fd, a.key); k != nil {
		s.begin(k, a, more)
	}
}

func (s *shard) adoptNet(nc net.Conn, a *accepted, more []byte) {
	k := s.newSocket()
	k.key = a.key
	s.poller.AddNet(&k.conn, nc, k.token(), s.g.o.CloseTimeout)
	s.begin(k, a, more)
}

func (s *shard) begin(k *socket, a *accepted, more []byte) {
	defer s.rescue(k)
	s.upgrade(k, a, more)
}
