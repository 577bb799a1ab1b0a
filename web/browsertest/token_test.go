package browsertest

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/engine/token"
)

const tokenSecret = "0123456789abcdef0123456789abcdef"

// invitation is what follows the # of a link.
func invitation(t *testing.T, sub, role string, ttl time.Duration) string {
	t.Helper()
	text, err := token.Mint(tokenSecret, token.Claims{Room: "class-*", Role: role, RegisteredClaims: jwt.RegisteredClaims{
		Subject: sub, ExpiresAt: jwt.NewNumericDate(time.Now().Add(ttl)),
	}})
	require.NoError(t, err)
	return "#token=" + text
}

// Where joins need a token, the page's link brings it along; the address does not keep it, and
// the tab does. One that has run out is told so; one that is renewed goes on.
func TestInvitations(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0", func(c *server.Config) { c.TokenSecret = tokenSecret }).URL() + "?room=class-7"
	ada, bob, eve := c.person(t, "ada", true), c.person(t, "bob", true), c.person(t, "eve", false)
	for _, nothing := range []string{"", "#token=rubbish", invitation(t, "eve", "member", -time.Minute)} {
		eve.open("about:blank")
		eve.lobby(link + nothing)
		eve.press("#join")
		eve.reads("#over h1", "You need an invitation")
	}
	eve.look("invitation")

	ada.join(link + invitation(t, "ada", "moderator", time.Hour))
	require.Equal(t, link, eval[string](ada, `location.href`))
	bob.join(link + invitation(t, "bob", "member", 6*time.Second))
	ends := time.After(7 * time.Second)
	ada.tiles(2)
	bob.tiles(2)
	require.Equal(t, "moderator", ada.wire.joins()[0].Self.Role)
	require.Equal(t, "member", bob.wire.joins()[0].Self.Role)
	bob.run(chromedp.Evaluate(`location.hash = `+"`"+invitation(t, "bob", "member", time.Hour)+"`", nil))
	bob.until(`location.hash === ''`)
	bob.run(chromedp.Reload())
	ada.tiles(2)
	bob.tiles(2)
	<-ends // the first token has
	bob.sees(other+" video", 5)
	ada.summary(two)
	require.NotContains(t, ada.wire.changes(bob.wire.joins()[0].Self.Member), "left")

	eve.run(chromedp.Evaluate(`location.hash = `+"`"+invitation(t, "eve", "observer", time.Hour)+"`", nil))
	eve.reads("#observing", "You are an observer here")
	require.False(t, eval[bool](eve, `document.querySelector('#camera').checkVisibility()`))
	ada.reads(".tile-note", "Observer")
	eve.until(`document.querySelectorAll('.tile').length === 3`)
	ada.press("#open-chat")
	ada.run(chromedp.SendKeys("#text", "welcome\r", chromedp.ByQuery))
	eve.press("#open-chat")
	eve.reads("#messages", "welcome")
	eve.look("observer")
	ada.summary(three)
	require.Equal(t, "good", eval[string](ada, `document.querySelector('#summary').dataset.tone`))
	require.Empty(t, eval[[]string](eve, `__peers.map((pc) => pc.connectionState)`))
}
