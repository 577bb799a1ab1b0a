package behaviours

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stick expects to hear, last, who has it and who wants it.
func (p *person) stick(holder *person, hands ...*person) {
	p.t.Helper()
	list := p.hear()
	require.NotEmpty(p.t, list)
	text, ok := strings.CutPrefix(list[len(list)-1], "stick ")
	require.True(p.t, ok, "%v", list)
	var got struct {
		Holder *string
		Hands  []string
	}
	require.NoError(p.t, json.Unmarshal([]byte(text), &got))
	want := []string{}
	for _, h := range hands {
		want = append(want, h.id)
	}
	require.Equal(p.t, want, got.Hands)
	if holder == nil {
		require.Nil(p.t, got.Holder)
		return
	}
	require.NotNil(p.t, got.Holder)
	require.Equal(p.t, holder.id, *got.Holder)
}

func TestTalkingInTurn(t *testing.T) {
	inHouse(t, Talking(TalkingOptions{}), func(h *house) {
		a, b, c := h.enter(), h.enter(), h.enter()
		a.send("speak", "me first")
		require.Equal(t, []string{"error forbidden"}, a.hear())
		a.send("raise", nil)
		c.stick(a)
		b.send("raise", nil)
		c.send("raise", nil)
		b.send("raise", nil)
		a.stick(a, b, c)
		a.send("speak", "now")
		c.send("speak", "no, me")
		c.send("chat", "pst")
		require.Contains(t, b.hear(), `speak! "now"`)
		require.Contains(t, c.hear(), "error forbidden")
		require.Equal(t, []string{`chat! "pst"`}, a.hear())

		b.send("lower", nil)
		a.stick(a, c)
		b.send("lower", nil)
		require.Empty(t, a.hear())
		a.send("lower", nil)
		a.stick(c)
		late := h.knock()
		require.Contains(t, late.hear()[0], `"holder":"`+c.id+`"`)
		h.goes(true, c)
		a.stick(nil)
		h.goes(true, a, b, late)
	})
}

func TestTalkingForSoLong(t *testing.T) {
	inHouse(t, Talking(TalkingOptions{Turn: time.Minute, Speak: []string{"say", "shout"}}), func(h *house) {
		a, b := h.enter(), h.enter()
		a.send("raise", nil)
		a.hear()
		h.pass(50 * time.Second)
		b.send("raise", nil)
		a.stick(a, b)
		h.pass(10*time.Second - 1)
		require.Empty(t, a.hear())
		h.pass(time.Nanosecond)
		a.stick(b)
		h.pass(time.Hour) // nobody else wants it
		require.Empty(t, a.hear())
		a.send("shout", "")
		require.Equal(t, []string{"error forbidden"}, a.hear())
		a.send("raise", nil)
		h.pass(time.Millisecond)
		a.stick(a)
		h.goes(true, a, b)
	})
	inHouse(t, Talking(TalkingOptions{Turn: -1}), func(h *house) {
		a, b := h.enter(), h.enter()
		a.send("raise", nil)
		b.send("raise", nil)
		h.pass(24 * time.Hour)
		a.stick(a, b)
		h.goes(true, a, b)
	})
}

func TestTalkingByGrantAndAfterALostLine(t *testing.T) {
	inHouse(t, Talking(TalkingOptions{}), func(h *house) {
		a, b, c := h.enter(), h.enter(), h.enter()
		b.send("raise", nil)
		c.send("raise", nil)
		a.send("grant", object{"member": c.id})
		a.stick(c)
		a.send("grant", object{"member": "nobody"})
		require.Empty(t, a.hear())
		b.hear()
		b.send("grant", object{"member": b.id})
		require.Equal(t, []string{"error forbidden"}, b.hear())
		b.send("raise", nil)
		a.stick(c, b)
		h.goes(false, c)
		a.stick(b)
		h.goes(true, a, b)
		h.pass(30 * time.Second)
	})
}
