package roomtest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// pair is two members of room r, a (moderator) and b, who have heard of each other.
func pair(w *World, fields ...any) (a, b *Peer, ja, jb Msg) {
	a, b = w.Peer(), w.Peer()
	ja = a.Join("r")
	jb = b.Join("r", fields...)
	a.Expect("member", "change", "joined", "member", jb.Member())
	return a, b, ja, jb
}

// lose drops b's line and waits until a has heard of it.
func lose(a, b *Peer, jb Msg) int64 {
	b.Drop()
	return a.Expect("member", "change", "suspended", "member", jb.Member()).Seq()
}

func resumeReplays(w *World) {
	a, b, ja, jb := pair(w, "profile", "first")
	suspended := lose(a, b, jb)
	a.Do("send", "room", "r", "event", "broadcast")
	a.Do("update", "room", "r", "profile", "new")
	a.Do("lock", "room", "r", "locked", true, "id", 1)
	seq := suspended + 3
	first, second := a.Next(), a.Next() // the room's message and its ok, in either order
	require.Equal(w, seq, first.Seq())
	require.Equal(w, seq, second.Seq())
	a.Do("send", "room", "r", "event", "directed", "to", jb.Member())
	a.Do("send", "room", "r", "event", "to oneself", "to", ja.Member())
	a.Expect("event", "seq", seq+2)

	b2 := w.Peer()
	j := b2.Join("r", "resume", jb.Resume(jb.Seq()), "profile", "ignored", "id", 5)
	require.Equal(w, true, j["recovered"])
	require.EqualValues(w, 5, j["id"])
	require.Equal(w, jb.Member(), j.Member())
	require.Equal(w, jb.Self()["since"], j.Self()["since"])
	require.Equal(w, "first", j.Self()["profile"])
	require.Equal(w, true, j["locked"])
	b2.Expect("event", "seq", suspended+1, "event", "broadcast")
	b2.Expect("member", "seq", suspended+2, "change", "updated", "profile", "new")
	b2.Expect("room", "seq", suspended+3, "locked", true)
	b2.Expect("event", "seq", suspended+4, "event", "directed")
	a.Expect("member", "change", "resumed", "member", jb.Member(), "seq", suspended+6)
	a.Do("send", "room", "r", "event", "live")
	b2.Expect("event", "seq", suspended+7, "event", "live")
}

func resumeOtherCodec(w *World) {
	a, b := w.PeerOf(wire.Msgpack), w.PeerOf(wire.Msgpack)
	a.Join("r")
	jb := b.Join("r")
	a.Expect("member")
	lose(a, b, jb)
	data := map[string]any{"bin": []byte{0, 255}, "n": -7, "f": 0.5, "s": "é\n", "l": []any{nil, true}}
	a.Do("send", "room", "r", "event", "e", "data", data)
	a.Quiet()
	b2 := w.PeerOf(wire.JSON)
	b2.Join("r", "resume", jb.Resume(jb.Seq()))
	m := b2.Expect("event", "data", data)
	require.Equal(w, "AP8=", m["data"].(map[string]any)["bin"])
}

func suspendedIsThere(w *World) {
	a, b, _, jb := pair(w)
	seq := lose(a, b, jb)
	a.Do("send", "room", "r", "event", "e", "to", []any{jb.Member()}, "id", 1)
	a.Expect("ok", "id", 1, "seq", seq+1, "missing", Absent)
	c := w.Peer()
	j := c.Join("r")
	line := j["members"].([]any)[1].(map[string]any)
	require.Equal(w, jb.Member(), line["member"])
	require.Equal(w, true, line["suspended"])
}

func lingerEnds(w *World) {
	a, b, _, jb := pair(w)
	seq := lose(a, b, jb)
	w.Later(w.Linger + w.Slack)
	a.Expect("member", "change", "left", "member", jb.Member(), "reason", "timeout", "seq", seq+1)
	a.Quiet()
}

func cleanCloseLeaves(w *World) {
	a, b, _, jb := pair(w)
	b.CloseClean()
	a.Expect("member", "change", "left", "member", jb.Member(), "reason", "leave", "seq", jb.Seq()+1)
	a.Quiet()
}

func wrongKey(w *World) {
	a, b, ja, jb := pair(w)
	c := w.Peer()
	r := jb.Resume(jb.Seq())
	r["key"] = ja.Self()["key"]
	c.Do("join", "room", "r", "resume", r, "id", 1)
	c.Expect("error", "id", 1, "code", "unauthorized")
	a.Do("send", "room", "r", "event", "e")
	b.Expect("event", "seq", jb.Seq()+1)
	a.Quiet()
	lose(a, b, jb)
	c.Do("join", "room", "r", "resume", r)
	c.Expect("error", "id", Absent, "code", "unauthorized")
	a.Quiet()
}

func otherEpoch(w *World) {
	a, b, _, jb := pair(w)
	seq := lose(a, b, jb)
	r := jb.Resume(jb.Seq())
	r["epoch"] = "another"
	j := w.Peer().Join("r", "resume", r)
	require.Equal(w, false, j["recovered"])
	require.Equal(w, jb.Member(), j.Member())
	require.Equal(w, jb.Self()["since"], j.Self()["since"])
	require.Equal(w, jb["epoch"], j["epoch"])
	a.Expect("member", "change", "resumed", "seq", seq+1)
	a.Quiet()
}

func cursorAhead(w *World) {
	a, b, _, jb := pair(w)
	seq := lose(a, b, jb)
	p := w.Peer()
	j := p.Join("r", "resume", jb.Resume(seq+100))
	require.Equal(w, false, j["recovered"])
	require.Equal(w, jb.Member(), j.Member())
	a.Expect("member", "change", "resumed", "seq", seq+1)
	a.Do("send", "room", "r", "event", "live")
	p.Expect("event", "seq", seq+2)
}

func historyReaches(w *World) {
	a, b, _, jb := pair(w)
	lose(a, b, jb)
	say := func(n int) {
		for i := range n {
			a.Do("send", "room", "r", "event", "e", "data", i)
			if i%100 == 99 {
				a.Quiet()
			}
		}
		a.Quiet()
	}
	say(1000) // and the one that told of the suspension
	b = w.Peer()
	j := b.Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, true, j["recovered"])
	for i := range 1000 {
		b.Expect("event", "data", i, "seq", jb.Seq()+2+int64(i))
	}
	a.Expect("member", "change", "resumed")
	b.Quiet()

	b.Drop()
	a.Expect("member", "change", "suspended")
	say(3000)
	b = w.Peer()
	j = b.Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, false, j["recovered"], "2,000 messages too late: no silent gap")
	require.Equal(w, jb.Member(), j.Member())
	b.Quiet()
	a.Expect("member", "change", "resumed")
}

// historyAges is the longest way to notice a dead socket, and then the whole linger.
func historyAges(w *World) {
	if w.Advance == nil {
		w.Skip("time is real")
	}
	a, b, _, jb := pair(w)
	a.Do("send", "room", "r", "event", "into the dead socket")
	w.Advance(39 * time.Second)
	seq := lose(a, b, jb)
	w.Advance(w.Linger - time.Second)
	back := w.Peer()
	j := back.Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, true, j["recovered"])
	back.Expect("event", "seq", jb.Seq()+1, "event", "into the dead socket")
	back.Quiet()
	a.Expect("member", "change", "resumed", "seq", seq+1)
}

func resumeBeforeJoin(w *World) {
	a := w.Peer()
	a.Join("r")
	a.Do("send", "room", "r", "event", "private", "data", "before b came")
	a.Quiet()
	b := w.Peer()
	jb := b.Join("r")
	a.Expect("member")
	lose(a, b, jb)
	a.Do("send", "room", "r", "event", "public")
	a.Quiet()
	b = w.Peer()
	j := b.Join("r", "resume", jb.Resume(0))
	if j["recovered"] == true {
		b.Expect("event", "event", "public")
	}
	b.Quiet()
}

func takeOver(w *World) {
	a, b, _, jb := pair(w)
	c := w.Peer()
	j := c.Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, true, j["recovered"])
	require.Equal(w, jb.Member(), j.Member())
	b.Expect("bye", "room", "r", "reason", "replaced", "code", 4409)
	require.Equal(w, 4409, b.Closed())
	a.Expect("member", "change", "resumed", "member", jb.Member(), "seq", jb.Seq()+1)
	a.Do("send", "room", "r", "event", "e")
	c.Expect("event", "seq", jb.Seq()+2)
	a.Quiet()
}

// lateJoin is that of a connection that the client has given up before it came back over another.
func lateJoin(w *World) {
	const nonce = "nonce-of-b-0123456789"
	a, b, _, jb := pair(w, "nonce", nonce, "id", 7)
	late := func(id int, fields ...any) {
		c := w.Peer()
		c.Do("join", append([]any{"room", "r", "nonce", nonce, "id", id}, fields...)...)
		c.Expect("error", "id", id, "room", "r", "code", "already_joined")
		a.Quiet()
		b.Quiet()
	}
	late(6)
	late(5, "resume", jb.Resume(jb.Seq()))
	c := w.Peer()
	c.Join("r", "nonce", nonce, "resume", jb.Resume(jb.Seq()), "id", 9)
	b.Expect("bye", "room", "r", "reason", "replaced")
	a.Expect("member", "change", "resumed", "member", jb.Member())
	b = c
	late(8, "resume", jb.Resume(jb.Seq()))

	// One that does not tell, and one of a reloaded page, which counts from its own beginning.
	c = w.Peer()
	c.Join("r", "nonce", nonce, "resume", jb.Resume(jb.Seq()))
	b.Expect("bye", "room", "r", "reason", "replaced")
	a.Expect("member", "change", "resumed", "member", jb.Member())
	d := w.Peer()
	d.Join("r", "nonce", "nonce-of-the-reloaded-page", "resume", jb.Resume(jb.Seq()), "id", 1)
	c.Expect("bye", "room", "r", "reason", "replaced")
	a.Expect("member", "change", "resumed", "member", jb.Member())
	lose(a, d, jb)
	c = w.Peer() // nobody is there whom it could replace
	c.Join("r", "nonce", nonce, "resume", jb.Resume(jb.Seq()), "id", 3)
	a.Expect("member", "change", "resumed", "member", jb.Member())
	a.Quiet()
}

func takeOverOfOne(w *World) {
	a, b, _, jb := pair(w)
	b.Join("other")
	c := w.Peer()
	c.Join("r", "resume", jb.Resume(jb.Seq()))
	b.Expect("bye", "room", "r", "reason", "replaced")
	b.Do("send", "room", "other", "event", "e", "id", 1)
	b.Expect("ok", "id", 1)
	b.Do("send", "room", "r", "event", "e", "id", 2)
	b.Expect("error", "id", 2, "code", "not_joined")
	a.Expect("member", "change", "resumed")
	a.Quiet()
}

func resumeFullAndLocked(w *World) {
	a, b, _, jb := pair(w)
	for range w.Capacity - 2 {
		w.Peer().Join("r")
		a.Expect("member")
	}
	a.Do("lock", "room", "r", "locked", true)
	a.Expect("room", "locked", true)
	lose(a, b, jb)
	j := w.Peer().Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, true, j["recovered"])
	require.EqualValues(w, w.Capacity, j["count"])
}

func resumeGone(w *World) {
	a, b, _, jb := pair(w)
	b.Do("leave", "room", "r", "id", 1)
	b.Expect("ok", "id", 1, "seq", jb.Seq()+1)
	a.Expect("member", "change", "left", "reason", "leave", "seq", jb.Seq()+1)
	j := w.Peer().Join("r", "resume", jb.Resume(jb.Seq()))
	require.Equal(w, false, j["recovered"])
	require.NotEqual(w, jb.Member(), j.Member())
	require.NotEqual(w, jb.Self()["key"], j.Self()["key"])
	a.Expect("member", "change", "joined", "member", j.Member())
	w.Later(time.Second)
	a.Quiet()
}
