package actors

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// plain tokens are "subject role seconds capacity"; 0 s: for ever. They open the room "r".
type plain struct{}

func (plain) Verify(token, room string) (g Grant, err error) {
	var role string
	var seconds int
	if _, err := fmt.Sscan(token, &g.Subject, &role, &seconds, &g.Capacity); err != nil {
		return g, errors.New("none that can be read")
	}
	if room != "r" {
		return g, errors.New("for another room")
	}
	g.Role = map[string]wire.Role{"moderator": wire.RoleModerator, "observer": wire.RoleObserver}[role]
	if seconds != 0 {
		g.Expires = time.Now().Add(time.Duration(seconds) * time.Second)
	}
	return g, nil
}

// guarded is a rig in a bubble whose rooms ask for tokens.
func inGuarded(t *testing.T, o Options, f func(t *testing.T, r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		o.Tokens = plain{}
		r := newRig(t, o)
		f(t, r)
		r.settle()
		require.Zero(t, r.sys.Stats().Rooms)
		require.Zero(t, r.sys.Stats().Panics)
	})
}

// come joins the room "r" with a token.
func (c *client) come(token, more string) object {
	c.t.Helper()
	c.say(`{"type":"join","id":1,"room":"r","token":"` + token + `"` + more + `}`)
	heard := c.hear()
	require.NotEmpty(c.t, heard)
	return heard[0]
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	r.settle()
}

func (r *rig) leave(clients ...*client) {
	for _, c := range clients {
		c.conn.Ended(true)
	}
	r.settle()
}

// brief is a message without what differs from run to run.
func brief(heard []object) (list []string) {
	for _, o := range heard {
		s := fmt.Sprint(o["type"])
		for _, k := range []string{"change", "role", "code", "reason", "text", "message", "retryAfter", "recovered"} {
			if v, ok := o[k]; ok {
				s += fmt.Sprintf(" %s=%v", k, v)
			}
		}
		list = append(list, s)
	}
	return list
}

func TestJoinNeedsAToken(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		c := r.connect()
		for _, token := range []string{"", "rubbish", "ann member -1 0"} {
			o := c.come(token, "")
			require.Equal(t, []any{"error", "unauthorized", 1.0, "r"}, []any{o["type"], o["code"], o["id"], o["room"]})
			require.True(t, strings.HasPrefix(o["message"].(string), "token: "), o["message"])
		}
		c.say(`{"type":"join","id":1,"room":"other","token":"ann member 0 0"}`)
		require.Equal(t, "token: for another room", c.hearOne()["message"])
		require.Zero(t, c.conn.Rooms())
		require.Zero(t, r.sys.Stats().Rooms, "no room comes to life for it")
		require.Equal(t, "joined", c.come("ann member 0 0", "")["type"])
		r.leave(c)
	})
}

// Clients of another protocol have no tokens, and no rule that ends a connection without a room.
func TestDialectsAreRefusedWhereTokensAreAsked(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		c := r.connectAs(ConnOptions{Format: prefixed{wire.JSON}, Namespace: "article"})
		c.say(`{"type":"join","room":"r"}`)
		end, closing := c.conn.Closing()
		require.True(t, closing)
		require.Equal(t, ClosePolicy, end.Code)
		r.leave(c)
	})
}

func TestTheTokensRoleCounts(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		role := func(o object) any { return o["self"].(object)["role"] }
		a, b, c := r.connect(), r.connect(), r.connect()
		require.Equal(t, "member", role(a.come("ann member 0 0", "")), "the first one, too")
		require.Equal(t, "moderator", role(b.come("ben moderator 0 0", "")))
		require.Equal(t, "observer", role(c.come("cay observer 0 0", "")))
		c.say(`{"type":"send","id":2,"room":"r","event":"e"}`)
		require.Equal(t, "forbidden", c.hearOne()["code"])
		a.say(`{"type":"lock","id":2,"room":"r","locked":true}`)
		a.hear()
		r.leave(b)
		require.Equal(t, []string{"member change=left reason=leave"}, brief(a.hear()), "nobody follows a moderator")
		r.leave(a, c)
	})
}

func TestCapacityOfAToken(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		a, b, c := r.connect(), r.connect(), r.connect()
		a.come("ann member 0 2", "")
		b.come("ben member 0 2", "")
		require.Equal(t, "room_full", c.come("cay member 0 2", "")["code"])
		require.Equal(t, "joined", c.come("cay member 0 0", "")["type"])
		r.leave(a, b, c)
	})
}

func TestResumeNeedsATokenOfTheSameSubject(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		keep, a := r.connect(), r.connect()
		keep.come("zoe member 0 0", "")
		joined := a.come("ann member 0 0", `,"nonce":"0123456789abcdef"`)
		member, key := a.selfOf(joined)
		resume := fmt.Sprintf(`,"resume":{"member":%q,"key":%q,"epoch":%q,"seq":%v}`, member, key, joined["epoch"], joined["seq"])
		a.conn.Ended(false)
		r.settle()
		b := r.connect()
		for _, more := range []string{resume, `,"nonce":"0123456789abcdef"`} {
			require.Equal(t, "unauthorized", b.come("", more)["code"])
			o := b.come("ben member 0 0", more)
			require.Equal(t, []any{"unauthorized", "token: its subject is not the member's"}, []any{o["code"], o["message"]})
		}
		o := b.come("ann moderator 0 0", resume)
		require.Equal(t, true, o["recovered"])
		require.Equal(t, member, o["self"].(object)["member"])
		require.Contains(t, brief(keep.hear()), "member change=updated role=moderator", "the new token's role")
		r.leave(keep, b)
	})
}

func TestTokenIsRenewedInTime(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		a, b := r.connect(), r.connect()
		a.come("ann member 60 0", "")
		b.come("ben member 0 0", "")
		a.hear()
		r.pass(30*time.Second - 1)
		require.Empty(t, a.hear())
		r.pass(1)
		require.Equal(t, []string{"error code=unauthorized message=token: it expires soon retryAfter=30000"}, brief(a.hear()))
		require.Equal(t, "unauthorized", a.come("ben member 60 0", "")["code"], "of the same subject")
		require.Equal(t, "unauthorized", a.come("rubbish", "")["code"])
		require.Equal(t, []string{"joined recovered=true"}, brief([]object{a.come("ann moderator 100 0", "")}))
		require.Equal(t, []string{"member change=updated role=moderator"}, brief(b.hear()))
		r.pass(70*time.Second - 1) // its first token would have ended
		require.Empty(t, a.hear())
		r.pass(1)
		require.Len(t, a.hear(), 1)
		r.leave(a, b)
	})
}

func TestTokenExpires(t *testing.T) {
	inGuarded(t, Options{Linger: 20 * time.Second}, func(t *testing.T, r *rig) {
		a, b := r.connect(), r.connect()
		joined := a.come("ann member 60 0", "")
		member, key := a.selfOf(joined)
		b.come("ben member 0 0", "")
		r.pass(30 * time.Second)
		a.hear()
		r.pass(30 * time.Second)
		require.Equal(t, []string{"bye code=4401 reason=unauthorized text=token: expired"}, brief(a.hear()))
		end, closing := a.conn.Closing()
		require.True(t, closing, "it was its last room")
		require.Equal(t, CloseUnauthorized, end.Code)
		require.Contains(t, brief(b.hear()), "member change=suspended")
		a.conn.Ended(false)
		r.pass(19 * time.Second)
		c := r.connect()
		o := c.come("ann member 60 0", fmt.Sprintf(`,"resume":{"member":%q,"key":%q,"epoch":%q,"seq":2}`, member, key, joined["epoch"]))
		require.Equal(t, true, o["recovered"])
		require.Equal(t, []string{"member change=resumed"}, brief(b.hear()))
		r.leave(c)
		b.hear()

		d := r.connect()
		d.come("dan member 60 0", "")
		r.pass(60 * time.Second)
		r.pass(20 * time.Second)
		require.Equal(t, []string{"member change=joined role=member", "member change=suspended", "member change=left reason=timeout"}, brief(b.hear()))
		r.leave(b, d)
	})
}

// Half of what is left, where that is less than a minute: a client that renews at once does
// not do so for ever.
func TestShortTokens(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		a := r.connect()
		a.come("ann member 10 0", "")
		require.Empty(t, a.hear())
		r.pass(5 * time.Second)
		require.Equal(t, []string{"error code=unauthorized message=token: it expires soon retryAfter=5000"}, brief(a.hear()))
		b := r.connect()
		b.come("ben member 0 0", "")
		expiries := &r.sys.room(roomKey{name: "r"}).expiries
		require.Equal(t, 1, expiries.Len())
		r.leave(a)
		require.Zero(t, expiries.Len(), "nothing is kept of who has left")
		r.leave(b)
	})
}

// Who is suspended as its token expires just goes on lingering.
func TestTokenOfASuspendedMemberExpires(t *testing.T) {
	inGuarded(t, Options{Linger: 40 * time.Second}, func(t *testing.T, r *rig) {
		a, b := r.connect(), r.connect()
		a.come("ann member 20 0", "")
		b.come("ben member 0 0", "")
		a.conn.Ended(false)
		r.settle()
		r.pass(30 * time.Second)
		require.Equal(t, []string{"member change=suspended"}, brief(b.hear()))
		r.pass(10 * time.Second)
		require.Equal(t, []string{"member change=left reason=timeout"}, brief(b.hear()))
		r.leave(b)
	})
}

func TestKickBarsTheSubject(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		host, a := r.connect(), r.connect()
		host.come("zoe moderator 0 0", "")
		id, _ := a.selfOf(a.come("ann member 0 0", ""))
		host.say(`{"type":"kick","room":"r","member":"` + id + `"}`)
		require.Equal(t, "kicked", a.hearOne()["reason"])
		again := r.connect()
		o := again.come("ann moderator 0 0", "")
		require.Equal(t, []any{"forbidden", "token: its subject was kicked from this room"}, []any{o["code"], o["message"]})
		require.Equal(t, "joined", again.come("ben member 0 0", "")["type"], "somebody else may")
		r.leave(host, again)
		require.Equal(t, "joined", r.comeAnew("ann member 0 0")["type"], "a new room knows nothing of it")
		a.conn.Ended(false)
	})
}

// comeAnew comes on a connection of its own and goes.
func (r *rig) comeAnew(token string) object {
	c := r.connect()
	defer r.leave(c)
	return c.come(token, "")
}

// A join that is held until its token has expired is refused as it is let in.
func TestHeldUntilTheTokenHasExpired(t *testing.T) {
	inGuarded(t, Options{}, func(t *testing.T, r *rig) {
		var held *Join
		require.NoError(t, r.sys.Intercept("r", func(room *Room) Hooks {
			return Hooks{Join: func(j *Join) error {
				if room.Len() == 0 {
					return nil
				}
				held = j
				return ErrHold
			}}
		}))
		host, a := r.connect(), r.connect()
		host.come("zoe moderator 0 0", "")
		a.say(`{"type":"join","id":1,"room":"r","token":"ann member 60 0"}`)
		require.Empty(t, a.hear())
		r.pass(time.Minute)
		require.NoError(t, r.sys.Do("r", func(*Room) { require.False(t, held.Admit()) }))
		require.Equal(t, "unauthorized", a.hearOne()["code"])
		r.leave(host, a)
	})
}
