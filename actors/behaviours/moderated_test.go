package behaviours

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestModeratedAdmitsAndRefuses(t *testing.T) {
	inHouse(t, Moderated(ModeratedOptions{}), func(h *house) {
		host := h.enter()
		a := h.connect()
		profile, err := wire.NewValue(wire.JSON, map[string]string{"name": "Ann"})
		require.NoError(t, err)
		a.say(wire.Request{Kind: wire.KindJoin, Room: "room", Profile: profile})
		require.Empty(t, a.messages())
		require.Regexp(t, `^knock {"member":"[\w-]{12}","profile":{"name":"Ann"}}$`, strings.Join(host.hear(), ""))
		b := h.knock()
		knock := host.hear()
		require.Contains(t, knock[0], `"profile":null`)
		id := knock[0][len(`knock {"member":"`):][:12]

		host.send("refuse", object{"member": id})
		require.Equal(t, []string{"error forbidden"}, b.hear())
		require.Equal(t, []string{`withdrawn {"member":"` + id + `"}`}, host.hear())
		host.send("refuse", object{"member": id})
		host.send("admit", "nonsense")
		require.Empty(t, host.hear())

		b.say(wire.Request{Kind: wire.KindJoin, Room: "room"})
		id = host.heardOf("knock")
		host.send("admit", object{"member": id})
		b.entered()
		require.Equal(t, id, b.id)
		b.send("admit", object{"member": id})
		require.Equal(t, []string{"error forbidden"}, b.hear())
		b.send("chat", "hello")
		require.Equal(t, []string{`withdrawn {"member":"` + id + `"}`, `chat! "hello"`}, host.hear())
		require.Empty(t, a.hear())
		h.goes(true, host, a, b)
	})
}

// heardOf expects one event, and returns the member that it names.
func (p *person) heardOf(event string) string {
	p.t.Helper()
	list := p.hear()
	require.Len(p.t, list, 1)
	rest, ok := strings.CutPrefix(list[0], event+` {"member":"`)
	require.True(p.t, ok, "%v", list)
	return rest[:12]
}

func TestModeratedForgetsWhoGoesAway(t *testing.T) {
	inHouse(t, Moderated(ModeratedOptions{Patience: time.Minute, Kept: 2}), func(h *house) {
		host := h.enter()
		a, b, c := h.knock(), h.knock(), h.knock()
		require.Len(t, host.hear(), 2)
		require.Equal(t, []string{"error room_full"}, c.hear())
		h.goes(false, a)
		host.heardOf("withdrawn")
		h.pass(time.Minute)
		require.Equal(t, []string{"error unavailable"}, b.hear())
		host.heardOf("withdrawn")
		h.goes(true, host, b, c)
	})
}

func TestModeratedHandsOver(t *testing.T) {
	inHouse(t, Moderated(ModeratedOptions{}), func(h *house) {
		host := h.enter()
		var guests []*person
		for range 3 {
			g := h.knock()
			host.send("admit", object{"member": host.heardOf("knock")})
			g.entered()
			host.hear()
			guests = append(guests, g)
		}
		waits := h.knock()
		id := host.heardOf("knock")
		for _, g := range guests {
			require.Empty(t, g.hear())
		}

		host.send("handover", object{"member": guests[2].id})
		require.Equal(t, id, guests[2].heardOf("knock"))
		host.send("admit", object{"member": id})
		require.Equal(t, []string{"error forbidden"}, host.hear())

		h.goes(true, guests[2]) // the host leaves: the member with the smallest since is next
		require.Equal(t, id, host.heardOf("knock"))
		h.goes(true, host)
		require.Equal(t, id, guests[0].heardOf("knock"))
		require.Empty(t, guests[1].hear())

		h.goes(true, guests[0], guests[1]) // nobody is left: who knocks longest is the host
		waits.entered()
		require.Equal(t, id, waits.id)
		require.NoError(t, h.sys.Do("room", func(r *actors.Room) {
			require.Equal(t, wire.RoleModerator, r.Members()[0].Role)
		}))
		next := h.knock()
		waits.send("admit", object{"member": waits.heardOf("knock")})
		next.entered()
		h.goes(true, waits, next)
	})
}
