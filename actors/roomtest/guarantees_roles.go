package roomtest

import (
	"strings"

	"github.com/stretchr/testify/require"
)

func succession(w *World) {
	a, b, ja, jb := pair(w)
	require.Equal(w, "moderator", ja.Self()["role"])
	require.Equal(w, "member", jb.Self()["role"])
	c := w.Peer()
	jc := c.Join("r")
	a.Expect("member")
	b.Expect("member")
	a.Do("leave", "room", "r")
	for _, p := range []*Peer{b, c} {
		p.Expect("member", "change", "left", "member", ja.Member(), "seq", jc.Seq()+1)
		p.Expect("member", "change", "updated", "member", jb.Member(), "role", "moderator",
			"profile", Absent, "seq", jc.Seq()+2) // told to that member too
	}
	b.Do("lock", "room", "r", "locked", true, "id", 1)
	b.Next()
	b.Next()
	c.Expect("room", "seq", jc.Seq()+3)
	c.Quiet()
}

func suspendedModerator(w *World) {
	a, b, ja, jb := pair(w)
	a.Drop()
	b.Expect("member", "change", "suspended", "member", ja.Member())
	b.Do("lock", "room", "r", "locked", true, "id", 1)
	b.Expect("error", "id", 1, "code", "forbidden")
	w.Later(w.Linger + w.Slack)
	b.Expect("member", "change", "left", "reason", "timeout")
	b.Expect("member", "change", "updated", "member", jb.Member(), "role", "moderator")
	b.Quiet()
}

func hiddenModerator(w *World) {
	a := w.Peer()
	a.Join("r")
	h := w.Peer()
	jh := h.Join("r", "presence", false)
	require.Equal(w, "member", jh.Self()["role"])
	b := w.Peer()
	jb := b.Join("r")
	a.Expect("member")
	a.Do("leave", "room", "r")
	b.Expect("member", "change", "left")
	b.Expect("member", "change", "updated", "member", jb.Member(), "role", "moderator")
	h.Quiet()
	b.Do("leave", "room", "r", "id", 1)
	b.Expect("ok")
	h.Expect("member", "change", "updated", "member", jh.Member(), "role", "moderator")
	h.Quiet()
}

func moderatorsOnly(w *World) {
	a, b, ja, _ := pair(w)
	b.Do("kick", "room", "r", "member", ja.Member(), "id", 1)
	b.Expect("error", "id", 1, "code", "forbidden")
	b.Do("lock", "room", "r", "locked", true, "id", 2)
	b.Expect("error", "id", 2, "code", "forbidden")
	a.Quiet()
	w.Peer().Join("r")
}

// slowReader needs lines that can stall, and a bounded Queue.
func slowReader(w *World) {
	a, b, _, jb := pair(w)
	c := w.Peer()
	jc := c.Join("r")
	a.Expect("member")
	b.Expect("member")
	slow, ok := b.conn.line.(Staller)
	if !ok || w.Queue == 0 {
		w.Skip("this target's lines cannot stall")
	}
	slow.Stall(true)
	big := strings.Repeat("x", 8000)
	sent := 0
	for ; sent < 4*w.Queue/len(big); sent++ {
		a.Do("send", "room", "r", "event", "e", "data", big, "id", sent+1)
		a.Expect("ok", "id", sent+1)
		c.Expect("event", "data", big) // nobody else is slowed
		if _, _, ended, _ := b.conn.heard(); ended {
			break
		}
	}
	require.Less(w, sent, 4*w.Queue/len(big), "it was never closed")
	suspended := a.Expect("member", "change", "suspended", "member", jb.Member()).Seq()
	c.Expect("member", "change", "suspended")
	_, code, _, _ := b.conn.heard()
	require.Equal(w, 4429, code)

	last := jc.Seq()
	for _, m := range func() []Msg { m, _, _, _ := b.conn.heard(); return m }() {
		if m.numbered() {
			require.Equal(w, last+1, m.Seq())
			last = m.Seq()
		}
	}
	back := w.Peer()
	j := back.Join("r", "resume", jb.Resume(last))
	require.Equal(w, true, j["recovered"])
	for seq := last + 1; seq <= jc.Seq()+int64(sent)+1; seq++ {
		if seq != suspended {
			back.Expect("event", "seq", seq)
		}
	}
	back.Quiet()
}
