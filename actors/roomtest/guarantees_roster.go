package roomtest

import (
	"slices"

	"github.com/stretchr/testify/require"
)

func rosterExact(w *World) {
	a, b, ja, jb := pair(w, "profile", map[string]any{"name": "B"})
	require.Equal(w, []string{}, ja.roster())
	require.Equal(w, []string{ja.Member()}, jb.roster())
	lose(a, b, jb)
	c := w.Peer()
	jc := c.Join("r")
	require.Equal(w, []string{ja.Member(), jb.Member()}, jc.roster())
	require.Equal(w, []any{
		map[string]any{"member": ja.Member(), "profile": nil, "since": ja.Self()["since"], "role": "moderator"},
		map[string]any{"member": jb.Member(), "profile": map[string]any{"name": "B"}, "since": jb.Self()["since"],
			"role": "member", "suspended": true},
	}, jc["members"])
	require.EqualValues(w, 3, jc["count"])
	require.EqualValues(w, w.Linger.Seconds(), jc["linger"])
	require.Equal(w, []any{}, jc["ice"])
	require.EqualValues(w, 0, jc["iceTTL"])
	a.Expect("member", "change", "joined", "member", jc.Member(), "profile", nil, "role", "member",
		"since", jc.Self()["since"], "seq", jc.Seq())
}

func hiddenUnseen(w *World) {
	a := w.Peer()
	ja := a.Join("r")
	h := w.Peer()
	jh := h.Join("r", "presence", false, "profile", "spy")
	require.NotContains(w, jh, "members")
	require.EqualValues(w, 2, jh["count"])
	require.Equal(w, ja.Seq()+1, jh.Seq(), "it takes a number")
	b := w.Peer()
	jb := b.Join("r")
	require.Equal(w, []string{ja.Member()}, jb.roster())
	require.EqualValues(w, 3, jb["count"])
	a.Expect("member", "change", "joined", "member", jb.Member(), "seq", jh.Seq()+1)
	h.Do("update", "room", "r", "profile", "still a spy", "id", 1)
	h.Expect("ok", "id", 1, "seq", jb.Seq()+1)
	a.Do("send", "room", "r", "event", "e")
	h.Expect("event", "seq", jb.Seq()+2)
	b.Expect("event", "seq", jb.Seq()+2)
	a.Do("lock", "room", "r", "locked", false)
	a.Expect("room")
	b.Expect("room")
	h.Expect("room", "seq", jb.Seq()+3)
	h.Do("leave", "room", "r", "id", 2)
	h.Expect("ok", "id", 2, "seq", jb.Seq()+4)
	b.Do("leave", "room", "r")
	a.Expect("member", "change", "left", "member", jb.Member(), "seq", jb.Seq()+5)
	a.Quiet()
	h.Quiet()
}

func capacity(w *World) {
	a, b, _, jb := pair(w)
	w.Peer().Join("r", "presence", false)
	for range w.Capacity - 3 {
		w.Peer().Join("r")
		a.Expect("member")
	}
	lose(a, b, jb)
	c := w.Peer()
	c.Do("join", "room", "r", "id", 1)
	c.Expect("error", "id", 1, "code", "room_full", "room", "r")
	w.Peer().Join("r", "resume", jb.Resume(jb.Seq()))
	a.Expect("member", "change", "resumed")
	c.Do("join", "room", "r", "id", 2)
	c.Expect("error", "id", 2, "code", "room_full")
	a.Do("leave", "room", "r", "id", 1)
	a.Expect("ok")
	c.Join("r")
}

func capacityRace(w *World) {
	var peers []*Peer
	for range 3 * w.Capacity {
		peers = append(peers, w.Peer())
	}
	for _, p := range peers {
		p.Do("join", "room", "r", "id", 1, "presence", false) // hidden: only the answer comes
	}
	in := 0
	for _, p := range peers {
		switch m := p.Next(); m.Type() {
		case "joined":
			in++
			require.LessOrEqual(w, m["count"], int64(w.Capacity))
		case "error":
			require.Equal(w, "room_full", m["code"])
		}
		p.Quiet()
	}
	require.Equal(w, w.Capacity, in)
}

func locked(w *World) {
	a, b, _, jb := pair(w)
	a.Do("lock", "room", "r", "locked", true)
	a.Expect("room", "locked", true, "seq", jb.Seq()+1)
	b.Expect("room", "locked", true, "seq", jb.Seq()+1)
	c := w.Peer()
	c.Do("join", "room", "r", "id", 1)
	c.Expect("error", "id", 1, "code", "room_locked")
	a.Do("lock", "room", "r", "locked", false)
	a.Expect("room", "locked", false)
	b.Expect("room", "locked", false)
	require.Equal(w, false, c.Join("r")["locked"])
}

func kicked(w *World) {
	const nonce = "nonce-of-b-0123456789"
	a, b, _, jb := pair(w, "nonce", nonce)
	a.Do("kick", "room", "r", "member", jb.Member(), "reason", "spam", "id", 1)
	got := []Msg{a.Next(), a.Next()}
	slices.SortFunc(got, func(x, _ Msg) int { return map[bool]int{true: -1, false: 1}[x.Type() == "member"] })
	require.Equal(w, "left", got[0]["change"])
	require.Equal(w, "kicked", got[0]["reason"])
	require.Equal(w, jb.Member(), got[0]["member"])
	require.Equal(w, "ok", got[1].Type())
	require.Equal(w, got[0].Seq(), got[1].Seq())
	b.Expect("bye", "room", "r", "code", 4410, "reason", "kicked", "text", "spam")
	require.Equal(w, 4410, b.Closed())

	c := w.Peer()
	c.Do("join", "room", "r", "nonce", nonce, "id", 1)
	c.Expect("error", "id", 1, "code", "forbidden")
	c.Do("join", "room", "r", "nonce", nonce, "resume", jb.Resume(jb.Seq()), "id", 2)
	c.Expect("error", "id", 2, "code", "forbidden")
	c.Do("join", "room", "r", "resume", jb.Resume(jb.Seq()), "id", 3)
	c.Expect("error", "id", 3, "code", "forbidden")
	j := c.Join("r") // without tokens nothing else tells who it is: a newcomer
	require.NotEqual(w, jb.Member(), j.Member())
	require.Equal(w, false, j["recovered"])
	a.Expect("member", "change", "joined")

	a.Do("kick", "room", "r", "member", jb.Member(), "id", 2)
	a.Expect("error", "id", 2, "code", "no_such_member")
	a.Do("kick", "room", "r", "member", j.Member(), "id", 3)
	c.Expect("bye", "reason", "kicked", "text", Absent)
	a.CloseClean()
	d := w.Peer()
	w.untilNewEpoch(jb["epoch"], func() Msg { return d.Join("r", "nonce", nonce) }, d)
}

// untilNewEpoch joins until the room is another one than the one of old, where it ends at its
// own time: on sockets a close is not seen at once.
func (w *World) untilNewEpoch(old any, join func() Msg, p *Peer) {
	w.Helper()
	for range 1000 {
		p.Do("ping")
		p.Expect("pong")
		p.Do("leave", "room", "r")
		p.Expect("error", "code", "not_joined")
		p.Do("join", "room", "r", "nonce", "some-nonce-0123456789", "presence", false)
		m := p.Next()
		gone := m.Type() == "joined" && m["epoch"] != old
		if m.Type() == "joined" {
			p.Do("leave", "room", "r", "id", 1)
			p.Expect("ok")
		}
		if gone {
			require.NotEqual(w, old, join()["epoch"])
			return
		}
	}
	w.Fatal("the room did not end")
}

func roomEnds(w *World) {
	a := w.Peer()
	ja := a.Join("r")
	a.Do("lock", "room", "r", "locked", true)
	a.Expect("room")
	a.Do("leave", "room", "r", "id", 1)
	a.Expect("ok", "id", 1, "seq", ja.Seq()+2)
	j := a.Join("r")
	require.NotEqual(w, ja["epoch"], j["epoch"])
	require.NotEqual(w, ja.Member(), j.Member())
	require.Equal(w, false, j["locked"])
	require.Equal(w, "moderator", j.Self()["role"])

	a.Do("lock", "room", "r", "locked", true)
	a.Expect("room")
	a.Do("leave", "room", "r") // and come in again before the room can have ended
	j2 := a.Join("r")
	require.NotEqual(w, j["epoch"], j2["epoch"])
	require.Equal(w, false, j2["locked"])
	require.Equal(w, "moderator", j2.Self()["role"])
	require.EqualValues(w, 1, j2["count"])

	b := w.Peer()
	jb := b.Join("r") // a suspended member holds the room and its epoch
	a.Expect("member")
	a.Drop()
	b.Expect("member", "change", "suspended")
	b.Do("leave", "room", "r", "id", 1)
	b.Expect("ok")
	c := w.Peer()
	require.Equal(w, jb["epoch"], c.Join("r")["epoch"])
}

func sinceKept(w *World) {
	a, b, ja, jb := pair(w)
	require.Greater(w, jb.Self()["since"], ja.Self()["since"])
	lose(a, b, jb)
	c := w.Peer()
	jc := c.Join("r")
	require.Greater(w, jc.Self()["since"], jb.Self()["since"])
	j := w.Peer().Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, jb.Self()["since"], j.Self()["since"])
}
