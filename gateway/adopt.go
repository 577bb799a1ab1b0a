package gateway

import (
	"io"
	"net"
	"net/http"
)

// ServeHTTP upgrades r inside another net/http server, by hijacking the connection, and
// hands it to the gateway's shards; routes, origins and limits are those of Options. What is
// not an upgrade goes to Options.HTTP. The server's own limits on headers apply.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isUpgrade(r) {
		g.plain(w, r)
		return
	}
	a, no := g.negotiate(requestOf(r))
	if no != nil {
		g.stats.refuse(no.cause)
		no.write(w)
		return
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
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
	g.adopt(nc, a, more)
}

// adopt gives a connection whose upgrade is granted to a shard, as a bare descriptor where
// that can be.
func (g *Gateway) adopt(nc net.Conn, a *accepted, more []byte) {
	s := g.nextShard()
	if s.poller.Descriptors() {
		if fd, ok := takeFD(nc); ok {
			if !s.call(func() { s.adoptFD(fd, a, more) }) {
				closeFD(fd)
			}
			return
		}
	}
	if !s.call(func() { s.adoptNet(nc, a, more) }) {
		nc.Close()
	}
}

func (s *shard) adoptFD(fd int, a *accepted, more []byte) {
	k := s.newSocket()
	if err := s.poller.AddFD(&k.conn, fd, k.token()); err != nil {
		s.log.Error("gateway: a connection was lost", "err", err)
		closeFD(fd)
		s.forget(k)
		return
	}
	s.begin(k, a, more)
}

func (s *shard) adoptNet(nc net.Conn, a *accepted, more []byte) {
	k := s.newSocket()
	s.poller.AddNet(&k.conn, nc, k.token(), s.g.o.CloseTimeout)
	s.begin(k, a, more)
}

func (s *shard) begin(k *socket, a *accepted, more []byte) {
	defer s.rescue(k)
	s.upgrade(k, a, more)
}
