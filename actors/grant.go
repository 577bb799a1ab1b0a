package actors

import (
	"errors"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// Verifier checks the tokens that clients join with.
type Verifier interface {
	// Verify says what the token allows its bearer in a room of that name ("" where the client
	// has sent none). Of an error the client is told its text, with the code unauthorized; it
	// must hold no secret. Verify runs as the connection's owner, is called from several
	// goroutines at once, and must not block.
	Verify(token, room string) (Grant, error)
}

// Grant is what a token allows.
type Grant struct {
	Subject  string    // whom it was made for: a resume needs the same one, a kick bars it; "": nobody in particular
	Role     wire.Role // in the room, until a later token says otherwise
	Expires  time.Time // zero: never
	Capacity int       // it opens the room only where fewer members are in; 0: it does not say
}

// renewBefore is how long before the end of its token a member is told to renew it, but for
// tokens of less than twice as long, which have half of their time left then.
const renewBefore = 30 * time.Second

// token is what a member's token has left behind. Owned by the room.
type token struct {
	grant Grant
	timer *timer // the next thing due for it; nil: none, it never expires
}

// Bear gives the connection a token for all that it joins, or publishes in: for clients whose
// protocol has none. A request's own counts before it.
func (c *Conn) Bear(token string) { c.troubled().token = token }

// tokenOf is the token of a request.
func (c *Conn) tokenOf(r *wire.Request) string {
	if r.Token == "" && c.trouble != nil {
		return c.trouble.token
	}
	return r.Token
}

// mayJoin is false, and the client is told, where its token does not let it into the room.
// Hollywood actors are the program's own, and need none.
func (c *Conn) mayJoin(r *wire.Request) bool {
	v := c.sys.options.Tokens
	if _, own := c.transport.(*actorConn); v == nil || own {
		return true
	}
	g, err := v.Verify(c.tokenOf(r), r.Room)
	if err == nil && !g.Expires.IsZero() && !g.Expires.After(c.sys.Now()) {
		err = errExpired
	}
	if err != nil {
		c.refuse(r, wire.Unauthorized, "token: "+err.Error())
		if c.namespace != "" { // its protocol has no other token: there is nothing to wait for
			c.Close(endRefused)
		}
		return false
	}
	r.Grant = &g
	return true
}

var errExpired = errors.New("expired")

// grantOf is what the token of a join allows; nil: tokens are not asked for.
func grantOf(q *wire.Request) *Grant {
	g, _ := q.Grant.(*Grant)
	return g
}

// subjectOf is whom the token of a join was made for; "": nobody in particular, or it needs none.
func subjectOf(q *wire.Request) string {
	if g := grantOf(q); g != nil {
		return g.Subject
	}
	return ""
}

// mayEnterBy is false, and the client is told, where its token opens the room no more.
func (r *Room) mayEnterBy(s *seat, q *wire.Request) bool {
	g := grantOf(q)
	switch {
	case g == nil:
	case !g.Expires.IsZero() && !g.Expires.After(r.now): // it had to wait
		r.refuseJoin(s, q, wire.Unauthorized, "token: "+errExpired.Error())
		return false
	case g.Capacity > 0 && len(r.members) >= g.Capacity:
		r.refuseJoin(s, q, wire.RoomFull, "room: full, as the token has it")
		return false
	}
	return true
}

// isBarredBy tells whether the token's subject was kicked.
func (r *Room) isBarredBy(q *wire.Request) bool {
	return r.Barred(subjectOf(q))
}

// subjectKey is a subject among the ids and nonces of those who are barred. Neither has a space.
func subjectKey(subject string) string { return "subject " + subject }

// isOf tells whether the token of a join may go on with m's membership.
func (m *member) isOf(q *wire.Request) bool {
	g := grantOf(q)
	return g == nil || m.token == nil || g.Subject == m.token.grant.Subject
}

// bear has m live by the token of a join, from now on. Its role changes where the tokens'
// roles differ; the room tells of it.
func (r *Room) bear(m *member, q *wire.Request) {
	g := grantOf(q)
	if g == nil {
		return
	}
	old := m.token
	r.unbear(m)
	m.token = &token{grant: *g}
	r.expect(m)
	r.record(m)
	if old != nil && old.grant.Role != g.Role && m.role != g.Role {
		m.role = g.Role
		r.tellRole(m)
	}
}

// expect waits for the time at which m is to renew its token.
func (r *Room) expect(m *member) {
	if m.token == nil || m.token.grant.Expires.IsZero() {
		return
	}
	left := m.token.grant.Expires.Sub(r.now)
	warn := m.token.grant.Expires.Add(-min(renewBefore, left/2))
	m.token.timer = r.expiries.Add(warn, func() { r.warn(m) })
}

// unbear forgets m's token.
func (r *Room) unbear(m *member) {
	if t := m.token; t != nil && t.timer != nil {
		r.expiries.Remove(t.timer)
		t.timer = nil
	}
}

// warn tells m that its token is about to expire, and waits for that.
func (r *Room) warn(m *member) {
	t := m.token
	t.timer = r.expiries.Add(t.grant.Expires, func() { r.expire(m) })
	if m.seat != nil {
		r.tellNow(m.seat, &wire.Error{
			Room: r.key.name, Code: wire.Unauthorized, Message: "token: it expires soon",
			RetryAfter: max(t.grant.Expires.Sub(r.now), time.Millisecond),
		})
	}
}

var unauthorized = Close{Code: CloseUnauthorized, Reason: "unauthorized"}

// expire suspends m: it lingers, and may come back with a token that is good.
func (r *Room) expire(m *member) {
	m.token.timer = nil
	s := m.seat
	if s == nil {
		return
	}
	r.deliverNow(m)
	s.tell(&wire.Bye{Code: unauthorized.Code, Reason: unauthorized.Reason, Text: "token: expired", Room: r.key.name})
	r.unseat(m, unauthorized)
	r.suspend(m)
}
