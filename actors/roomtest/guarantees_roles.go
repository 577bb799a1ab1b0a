package roomtest

import (
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
