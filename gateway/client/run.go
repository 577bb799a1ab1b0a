package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gobwas/ws"
)

// run keeps the connection, which is l to begin with, for as long as the client lives.
func (c *Client) run(l *link) {
	for {
		c.o.say(Open, nil)
		why := l.serve(c.receive)
		for l = nil; l == nil; {
			if !c.rest(c.gone(why), why) {
				c.o.say(Closed, nil)
				return
			}
			var err error
			if l, err = c.dial(c.ctx); err != nil {
				why = &lostError{err: err}
			} else if !c.opened(l) { // closed meanwhile
				l.conn.Close()
				l.end()
				l = nil
			}
		}
	}
}

func (o Options) say(s State, why error) {
	o.Logger.Debug("client: state", "state", s, "err", why)
	if o.OnState != nil {
		o.OnState(s, why)
	}
}

// rest waits for d and then, or where d is negative at once, until a room wants the
// connection. It is false when the client was closed.
func (c *Client) rest(d time.Duration, why *lostError) bool {
	if d >= 0 {
		c.o.say(Connecting, why)
		if !pause(c.ctx, d) || c.wants() {
			return c.ctx.Err() == nil
		}
	}
	if c.ctx.Err() != nil {
		return false
	}
	c.o.say(Idle, why)
	for {
		select {
		case <-c.ctx.Done():
			return false
		case <-c.wanted:
			if c.wants() {
				c.o.say(Connecting, nil)
				return true
			}
		}
	}
}

// pause is false where ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// wants tells whether a room wants a connection, and sets the state by that.
func (c *Client) wants() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Closed {
		return false
	}
	c.state = Idle
	if len(c.rooms) > 0 {
		c.state = Connecting
	}
	return c.state == Connecting
}

// dial makes a connection.
func (c *Client) dial(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	status := 0
	d := ws.Dialer{
		Protocols: []string{c.o.subprotocol()}, NetDial: c.o.NetDial, TLSConfig: c.o.TLSConfig,
		Header:        ws.HandshakeHeaderHTTP(c.o.Header),
		OnStatusError: func(s int, _ []byte, _ io.Reader) { status = s },
	}
	conn, rest, hs, err := d.Dial(ctx, c.url)
	if err != nil {
		if errors.Is(err, ws.ErrHandshakeBadStatus) {
			err = fmt.Errorf("%w: %d", err, status)
		}
		return nil, fmt.Errorf("%s: %w", c.url, err)
	}
	if hs.Protocol == "" {
		conn.Close()
		return nil, fmt.Errorf("%s does not speak %s", c.url, c.o.subprotocol())
	}
	return newLink(conn, rest, c.data), nil
}

// opened has every room enter over a new connection. It is false after Close.
func (c *Client) opened(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Closed {
		return false
	}
	c.link, c.state, c.lost = l, Open, nil
	for _, r := range c.rooms {
		r.enter()
	}
	return true
}

// gone takes note of the end of a connection, or of an attempt to get one, and returns how
// long to wait for the next; negative: until there is a reason for one.
func (c *Client) gone(why *lostError) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.link, c.lost = nil, why
	if c.state == Closed {
		return -1
	}
	for _, r := range c.rooms {
		if terminal(why.code) && !(why.code == closeUnauthorized && r.mayRenew()) {
			r.end(&EndedError{Code: why.code, Reason: cmp.Or(reasons[why.code], why.reason)})
		} else {
			r.suspend(why)
		}
	}
	if len(c.rooms) == 0 {
		c.state = Idle
		return -1
	}
	c.state = Connecting
	wait := backoff(c.attempt, why.retryAfter)
	c.attempt++
	return wait
}

// reasons are those that a bye to a room would have given.
var reasons = map[int]string{closeNormal: "closed", closeUnauthorized: "unauthorized", 4409: "replaced", 4410: "kicked"}
