package apprtc

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// overNodes has a call on each of three nodes in turn.
func overNodes(t *testing.T, f func(t *testing.T, c *dialecttest.Cluster, call string, owner int)) {
	open := func(sys *actors.System) (dialect.Dialect, error) { return New(sys, Options{}) }
	for owner := range 3 {
		dialecttest.InCluster(t, 3, actors.Options{}, open, func(t *testing.T, c *dialecttest.Cluster) {
			f(t, c, c.Room(owner, Namespace, dialecttest.Numbered), owner)
		})
	}
}

func registerAt(b *dialecttest.Bubble, call, client string) *dialecttest.Talker {
	k := b.Connect("")
	k.Says(fmt.Sprintf(`{"cmd":"register","roomid":%q,"clientid":%q}`, call, client))
	return k
}

func askAt(t *testing.T, b *dialecttest.Bubble, path, body string) (a roomAnswer) {
	t.Helper()
	w := httptest.NewRecorder()
	b.HTTP().ServeHTTP(w, httptest.NewRequest("POST", "http://signal.example"+path, strings.NewReader(body)))
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), w.Body.String())
	return a
}

func TestSocketsOfDifferentNodes(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, call string, owner int) {
		a := registerAt(c.Nodes[0], call, "a")
		sends(a, "early") // it waits where the call is
		synctest.Wait()
		b := registerAt(c.Nodes[1], call, "b")
		b.Hears(said("early"))
		sends(b, "answer")
		a.Hears(said("answer"))
		registerAt(c.Nodes[2], call, "c").Closes(actors.ClosePolicy, problem(errFull))
		registerAt(c.Nodes[2], call, "a").Closes(actors.ClosePolicy, problem(errRegistered))

		// Its socket ends, and the same client registers by another node.
		b.End()
		synctest.Wait()
		sends(a, "meanwhile")
		synctest.Wait()
		b = registerAt(c.Nodes[2], call, "b")
		b.Hears(said("meanwhile"))
		b.End()
		c.Nodes[0].Later(10 * time.Second) // its grace
		registerAt(c.Nodes[1], call, "c").HearsNothing()
		a.HearsNothing()
	})
}

// TestACallMoves: registered, with a message that waits, and by HTTP at any node.
func TestACallMoves(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, call string, owner int) {
		x, y := c.Nodes[(owner+1)%3], c.Nodes[(owner+2)%3]
		me := askAt(t, c.Nodes[owner], "/join/"+call, "").Params
		a := registerAt(x, call, me.ClientID)
		sends(a, "offer")
		a.HearsNothing()
		c.Drain(owner)
		a.HearsNothing()
		other := askAt(t, y, "/join/"+call, "").Params
		require.Equal(t, "false", other.Initiator)
		require.Equal(t, "FULL", askAt(t, x, "/join/"+call, "").Result)
		b := registerAt(y, call, other.ClientID)
		b.Hears(said("offer"))
		require.Equal(t, "SUCCESS", askAt(t, y, "/message/"+call+"/"+other.ClientID, "answer").Result)
		a.Hears(said("answer"))
	})
}

// TestTheNodeOfACallDies: sockets elsewhere go on; who had none may register within its time.
func TestTheNodeOfACallDies(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, call string, owner int) {
		x, y := c.Nodes[(owner+1)%3], c.Nodes[(owner+2)%3]
		a, b := registerAt(x, call, "a"), registerAt(y, call, "b")
		synctest.Wait()
		c.Kill(owner)
		sends(a, "still here")
		b.Hears(said("still here"))
		sends(b, "me too")
		a.Hears(said("me too"))
		registerAt(x, call, "c").Closes(actors.ClosePolicy, problem(errFull))
		require.Equal(t, "SUCCESS", askAt(t, y, "/message/"+call+"/a", "by HTTP").Result)
		b.Hears(said("by HTTP"))
	})
}
