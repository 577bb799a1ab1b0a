package peerjs

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func grant(subject string, role wire.Role, expires time.Time) actors.Grant {
	return actors.Grant{Subject: subject, Role: role, Expires: expires}
}

// guarded is a rig that asks for tokens.
func guarded(t *testing.T, o Options, f func(t *testing.T, r *rig)) {
	tokens := dialecttest.Tokens{}
	o.Tokens = tokens
	bubble(t, actors.Options{Tokens: tokens}, o, func(t *testing.T, r *rig) {
		soon := time.Now().Add(time.Minute)
		for text, room := range map[string]string{"ann": peers, "ann again": peers, "bob": peers, "elsewhere": "den", "old": peers} {
			tokens[text] = dialecttest.Token{Room: room, Grant: grant(text, wire.RoleMember, soon)}
		}
		again, old := tokens["ann again"], tokens["old"]
		again.Subject, again.Expires = "ann", soon.Add(time.Hour)
		old.Expires = time.Now().Add(-time.Second)
		tokens["ann again"], tokens["old"] = again, old
		tokens["shy"] = dialecttest.Token{Room: peers, Grant: grant("shy", wire.RoleObserver, soon)}
		f(t, r)
	})
}

func fails(text string) string { return `{"type":"ERROR","payload":{"msg":"` + text + `"}}` }

func TestTokens(t *testing.T) {
	guarded(t, Options{}, func(t *testing.T, r *rig) {
		a, b := r.claim("ann", "ann"), r.claim("bob", "bob")
		a.Hears(`{"type":"OPEN"}`)
		b.Hears(`{"type":"OPEN"}`)
		a.Says(`{"type":"OFFER","dst":"bob","payload":1}`)
		b.Hears(`{"type":"OFFER","src":"ann","dst":"bob","payload":1}`)
		for _, c := range []struct{ id, token, told string }{
			{"x", "k3j9f0a2zq", "token: not valid"}, // what the client makes up where it is given none
			{"elsewhere", "elsewhere", "token: room: it is for another one"},
			{"old", "old", "token: expired"},
			{"ann", "bob", "id: not the subject of the token"},
			{"x", "bob", "id: not the subject of the token"},
		} {
			r.claim(c.id, c.token).Closes(actors.ClosePolicy, fails(c.told))
		}
		a.HearsNothing()
		b.HearsNothing()
		require.Equal(t, 2, r.Sys.Stats().Members)
	})
}

// TestATokenTakesItsSubjectsIDOver, be it the same or a later one.
func TestATokenTakesItsSubjectsIDOver(t *testing.T) {
	guarded(t, Options{}, func(t *testing.T, r *rig) {
		b := r.claim("bob", "bob")
		b.Hears(`{"type":"OPEN"}`)
		first := r.claim("ann", "ann")
		first.Hears(`{"type":"OPEN"}`)
		second := r.claim("ann", "ann")
		second.Hears(`{"type":"OPEN"}`)
		first.Closes(actors.CloseReplaced)
		third := r.claim("ann", "ann again")
		third.Hears(`{"type":"OPEN"}`)
		second.Closes(actors.CloseNormal)
		b.Says(`{"type":"OFFER","dst":"ann","payload":1}`)
		third.Hears(`{"type":"OFFER","src":"bob","dst":"ann","payload":1}`)
		r.Later(2 * time.Minute) // the first token is over, and its member gone
		third.HearsNothing()
	})
}

// TestATokenExpires: the socket closes without a word, for the clients would take one for an error.
func TestATokenExpires(t *testing.T) {
	guarded(t, Options{}, func(t *testing.T, r *rig) {
		a := r.claim("ann", "ann")
		a.Hears(`{"type":"OPEN"}`)
		r.Later(time.Minute - 1)
		a.HearsNothing()
		r.Later(1)
		a.Closes(actors.CloseUnauthorized)
		r.claim("ann", "ann").Closes(actors.ClosePolicy, fails("token: expired"))
		r.claim("ann", "ann again").Hears(`{"type":"OPEN"}`)
	})
}

func TestAnObserverSendsNothing(t *testing.T) {
	guarded(t, Options{}, func(t *testing.T, r *rig) {
		shy, a := r.claim("shy", "shy"), r.claim("ann", "ann")
		shy.Hears(`{"type":"OPEN"}`)
		a.Hears(`{"type":"OPEN"}`)
		shy.Says(`{"type":"OFFER","dst":"ann","payload":1}`)
		shy.Hears(fails("send: observers only listen"))
		shy.Says(`{"type":"OFFER","dst":"nobody","payload":1}`)
		shy.Hears(fails("send: observers only listen"))
		a.HearsNothing()
	})
}

func TestAWrongKeyIsNoWrongToken(t *testing.T) {
	guarded(t, Options{}, func(t *testing.T, r *rig) {
		r.Connect("key=other&id=ann&token=ann").Closes(actors.ClosePolicy, `{"type":"INVALID-KEY","payload":{"msg":"Invalid key provided"}}`)
	})
}

func TestTheListOfPeersNeedsAToken(t *testing.T) {
	guarded(t, Options{Discovery: true}, func(t *testing.T, r *rig) {
		r.claim("ann", "ann").Hears(`{"type":"OPEN"}`)
		for query, status := range map[string]int{
			"": http.StatusUnauthorized, "?access_token=x": http.StatusUnauthorized,
			"?access_token=elsewhere": http.StatusUnauthorized, "?access_token=bob": http.StatusOK,
		} {
			w := httptest.NewRecorder()
			r.HTTP().ServeHTTP(w, httptest.NewRequest("GET", "/peerjs/peers"+query, nil))
			require.Equal(t, status, w.Code, query)
		}
	})
}

// TestTokensAreNotKept: what a room knows of a member may be shown, and goes to other nodes.
func TestTokensAreNotKept(t *testing.T) {
	require.NotContains(t, identity("a", "a secret"), "secret")
	require.NotEqual(t, identity("a", "t"), identity("a", "u"))
	require.NotEqual(t, identity("a", "t"), identity("b", "t"))
}

func TestATokenTakesItsSubjectsIDOverFromAnotherNode(t *testing.T) {
	tokens := dialecttest.Tokens{}
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, Options{Tokens: tokens}) }
	dialecttest.InCluster(t, 2, actors.Options{Tokens: tokens}, open, func(t *testing.T, c *dialecttest.Cluster) {
		soon := time.Now().Add(time.Minute)
		for _, text := range []string{"ann", "ann again"} {
			tokens[text] = dialecttest.Token{Room: peers, Grant: grant("ann", wire.RoleMember, soon)}
		}
		k := &cluster{c, t}
		for _, node := range []int{0, 1, 0} {
			first := k.claim(node, "ann", "ann")
			first.Hears(`{"type":"OPEN"}`)
			second := k.claim(1-node, "ann", "ann again")
			second.Hears(`{"type":"OPEN"}`)
			first.Closes(actors.CloseNormal)
			k.claim(node, "bob", "ann").Closes(actors.ClosePolicy, fails("id: not the subject of the token"))
			second.End()
			synctest.Wait()
		}
	})
}
