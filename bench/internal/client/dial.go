package client

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"
)

// Dial begins a connection. The handler is told how it went, never before Dial returns.
func (l *Loop) Dial(h Handler, tag int) *Conn {
	l.Stats.Dialed++
	c := &Conn{loop: l, handler: h, Tag: tag, state: upgrading}
	token := l.add(c)
	if l.poller.Descriptors() && l.target.URL.Scheme == "ws" {
		if err := l.dialFD(c, token); err != nil {
			c.state = dialing
			l.Post(func() { c.dialed(nil, err, token) })
			return c
		}
		c.out = append(c.out, l.target.request...)
		c.markDirty()
		return c
	}
	c.state = dialing
	from, to := l.nextSource(), l.nextAddr()
	l.dials.Go(func() {
		nc, err := dial(l.ctx, l.target, from, to)
		l.Post(func() { c.dialed(nc, err, token) })
	})
	return c
}

// nextAddr is where the next connection goes.
func (l *Loop) nextAddr() netip.AddrPort {
	l.addr++
	return l.target.addrs[l.addr%len(l.target.addrs)]
}

func (l *Loop) nextSource() netip.Addr {
	if len(l.sources) == 0 {
		return netip.Addr{}
	}
	l.source++
	return l.sources[l.source%len(l.sources)]
}

// dialed goes on where a goroutine has dialed.
func (c *Conn) dialed(nc net.Conn, err error, token uint64) {
	if c.aborted || err != nil {
		c.leave()
		if nc != nil {
			nc.Close()
		}
		if !c.aborted {
			c.handler.Closed(c, err)
		}
		return
	}
	c.state = upgrading
	c.loop.poller.AddNet(&c.pc, nc, token, time.Second)
	c.out = append(c.out, c.loop.target.request...)
	c.markDirty()
}

// dial connects the portable way, with TLS for wss.
func dial(ctx context.Context, t *Target, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	nc, err := d.DialContext(ctx, "tcp", to.String())
	if err != nil || t.tls() == nil {
		return nc, err
	}
	secure := tls.Client(nc, t.tls())
	if err := secure.HandshakeContext(ctx); err != nil {
		nc.Close()
		return nil, err
	}
	return secure, nil
}
