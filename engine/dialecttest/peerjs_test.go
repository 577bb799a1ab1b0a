package dialecttest

import (
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/engine/token"
)

// peers opens one window per name, each with that peer.
func peers(t *testing.T, s *server.Server, names ...string) (pages []*page) {
	t.Helper()
	for _, name := range names {
		p := blank(t, s, name)
		require.Equal(t, name, call[string](p, "start", name))
		pages = append(pages, p)
	}
	return pages
}

// blank opens a window with PeerJS and no peer yet.
func blank(t *testing.T, s *server.Server, name string) *page {
	t.Helper()
	needPackage(t, "peerjs/dist/peerjs.min.js")
	return open(t, name, s.URL()+"test/peers.html")
}

func TestPeerJSIDs(t *testing.T) {
	s := engine(t, server.Config{PeerJSWait: 50 * time.Millisecond, PeerJSDiscovery: true})
	a := peers(t, s, "alice")[0]
	b := blank(t, s, "somebody")
	id := call[string](b, "start", "")
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
	require.Equal(t, []string{"alice", id}, call[[]string](b, "list"))
	require.Equal(t, "unavailable-id", call[string](b, "fail", "alice"))
	require.Equal(t, "peer-unavailable", call[string](a, "miss", "nobody"))
	require.Equal(t, "invalid-key", call[string](b, "fail", "bob", map[string]any{"key": "wrong"}))
	require.Equal(t, "carol", call[string](b, "start", "carol", map[string]any{"path": "/"}), "the other usual path")
}

func TestPeerJSDiscoveryIsOff(t *testing.T) {
	s := engine(t, server.Config{})
	require.Equal(t, "server-error", call[string](peers(t, s, "alice")[0], "list"))
}

func TestPeerJSKeyOfOnesOwn(t *testing.T) {
	s := engine(t, server.Config{PeerJSKey: "secret"})
	p := blank(t, s, "alice")
	require.Equal(t, "alice", call[string](p, "start", "alice", map[string]any{"key": "secret"}))
	require.Len(t, call[string](p, "start", "", map[string]any{"key": "secret"}), 36)
	require.Equal(t, "invalid-key", call[string](p, "fail", "", map[string]any{"key": "peerjs"}))
}

func TestPeerJSData(t *testing.T) {
	s := engine(t, server.Config{})
	pages := peers(t, s, "alice", "bob")
	call[any](pages[0], "echo")
	said := map[string]any{"text": "hello", "list": []any{1.0, "zwei", nil}}
	require.Equal(t, map[string]any{"from": "bob", "data": said}, call[any](pages[1], "say", "alice", said))
}

func TestPeerJSMedia(t *testing.T) {
	s := engine(t, server.Config{})
	pages := peers(t, s, "alice", "bob")
	call[any](pages[0], "answer")
	require.Positive(t, call[int](pages[1], "ring", "alice"), "a frame is shown")
	require.Positive(t, call[int](pages[0], "(() => answered)"), "and one on the other side")
}

func TestPeerJSReconnects(t *testing.T) {
	s := engine(t, server.Config{})
	pages := peers(t, s, "alice", "bob")
	bounced := call[struct {
		ID   string
		Took []float64
	}](pages[0], "bounce", 10)
	require.Equal(t, "alice", bounced.ID)
	slices.Sort(bounced.Took)
	require.Less(t, bounced.Took[len(bounced.Took)/2], 100.0, "ms, most times: %v", bounced.Took)

	call[any](pages[0], "echo")
	require.Equal(t, map[string]any{"from": "bob", "data": "again"}, call[any](pages[1], "say", "alice", "again"))
}

// TestPeerJSTakeOver: the network has dropped and the server has not noticed yet.
func TestPeerJSTakeOver(t *testing.T) {
	s := engine(t, server.Config{})
	b := peers(t, s, "bob")[0]
	a := blank(t, s, "alice")
	require.Equal(t, "alice", call[string](a, "start", "alice", map[string]any{"token": "mine"}))
	require.Equal(t, "alice", call[string](a, "takeOver", "alice", "mine"))
	call[any](a, "echo")
	require.Equal(t, map[string]any{"from": "bob", "data": 7.0}, call[any](b, "say", "alice", 7))
}

// TestPeerJSOfferWaits: whoever comes in time finds the offer that was made before.
func TestPeerJSOfferWaits(t *testing.T) {
	s := engine(t, server.Config{PeerJSWait: patience})
	b := peers(t, s, "bob")[0]
	call[any](b, "(() => { globalThis.said = say('alice', 'early'); })")
	a := blank(t, s, "alice")
	call[any](a, "((id) => { peer = make(id); echo(); })", "alice")
	require.Equal(t, map[string]any{"from": "bob", "data": "early"}, call[any](b, "(() => said)"))
}

// TestPeerJSWithJoinTokens: where the engine asks for join tokens, the client's option token is one.
func TestPeerJSWithJoinTokens(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	with := func(room, sub string, ttl time.Duration) map[string]any {
		text, err := token.Mint(secret, token.Claims{Room: room, RegisteredClaims: jwt.RegisteredClaims{
			Subject: sub, ExpiresAt: jwt.NewNumericDate(time.Now().Add(ttl)),
		}})
		require.NoError(t, err)
		return map[string]any{"token": text}
	}
	s := engine(t, server.Config{TokenSecret: secret})
	a, b := blank(t, s, "alice"), blank(t, s, "bob")
	require.Equal(t, "server-error", call[string](a, "fail", "alice"), "none")
	require.Equal(t, "server-error", call[string](a, "fail", "", with("peers", "alice", time.Hour)), "an id of the server's")
	require.Equal(t, "server-error", call[string](a, "fail", "bob", with("peers", "alice", time.Hour)))
	require.Equal(t, "server-error", call[string](a, "fail", "alice", with("den", "alice", time.Hour)))
	require.Equal(t, "server-error", call[string](a, "fail", "alice", with("peers", "alice", -time.Hour)))
	first := with("peers", "alice", time.Hour)
	require.Equal(t, "alice", call[string](a, "start", "alice", first))
	require.Equal(t, "bob", call[string](b, "start", "bob", with("peers", "bob", time.Hour)))
	bounced := call[struct{ ID string }](a, "bounce", 2)
	require.Equal(t, "alice", bounced.ID)
	require.Equal(t, "alice", call[string](a, "takeOver", "alice", with("peers", "alice", 2*time.Hour)["token"]), "a later one")
	call[any](a, "echo")
	require.Equal(t, map[string]any{"from": "bob", "data": "hello"}, call[any](b, "say", "alice", "hello"))
}
