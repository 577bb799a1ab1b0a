package roomtest

import "github.com/stretchr/testify/require"

func repeated(w *World) {
	a, b, _, jb := pair(w)
	for range 3 {
		b.Do("send", "room", "r", "event", "e", "to", []any{jb.Member(), "ghost"}, "id", 7)
	}
	b.Do("send", "room", "r", "event", "another, with a known id", "id", 7)
	first := b.Next()
	if first.Type() == "event" {
		first = b.Next()
	} else {
		b.Expect("event")
	}
	require.Equal(w, "ok", first.Type())
	for range 3 {
		require.Equal(w, first, b.Next())
	}
	a.Quiet()
	b.Quiet()
	b.Do("send", "room", "r", "event", "e", "id", 8)
	b.Expect("ok", "id", 8, "seq", first.Seq()+1)
}

func repeatedAfterResume(w *World) {
	a, b, _, jb := pair(w)
	b.Do("update", "room", "r", "profile", 1, "id", 1)
	b.Do("kick", "room", "r", "member", "ghost", "id", 2)
	ok := b.Expect("ok", "id", 1)
	forbidden := b.Expect("error", "id", 2)
	a.Expect("member", "change", "updated")
	seq := lose(a, b, jb)
	b = w.Peer()
	b.Join("r", "resume", jb.Resume(jb.Seq()))
	a.Expect("member", "change", "resumed", "seq", seq+1)
	b.Do("update", "room", "r", "profile", 1, "id", 1)
	b.Do("kick", "room", "r", "member", "ghost", "id", 2)
	require.Equal(w, ok, b.Next())
	require.Equal(w, forbidden, b.Next())
	a.Quiet()
}

func window(w *World) {
	a, b, _, _ := pair(w)
	for id := 10; id < 10+64; id++ {
		b.Do("send", "room", "r", "event", "e", "id", id*2)
		b.Expect("ok", "id", id*2)
		a.Expect("event")
	}
	b.Do("send", "room", "r", "event", "e", "id", 19)
	b.Expect("error", "id", 19, "code", "bad_request") // below the oldest of 64
	b.Do("send", "room", "r", "event", "oldest", "id", 20)
	b.Expect("ok", "id", 20)
	a.Quiet()
	b.Do("send", "room", "r", "event", "unknown", "id", 101)
	b.Expect("ok", "id", 101) // in the window, and not known
	a.Expect("event", "event", "unknown")
	b.Do("send", "room", "r", "event", "too old now", "id", 20)
	b.Expect("error", "id", 20, "code", "bad_request")
	b.Do("send", "room", "r", "event", "kept", "id", 22)
	b.Expect("ok", "id", 22)
	a.Quiet()
}

func lastID(w *World) {
	a, b, _, jb := pair(w, "id", 50)
	require.EqualValues(w, 0, jb["lastId"])
	b.Do("send", "room", "r", "event", "e", "id", 60)
	b.Expect("ok")
	b.Do("kick", "room", "r", "member", "m", "id", 61)
	b.Expect("error", "id", 61)
	b.Do("send", "room", "r", "event", "e", "id", 55)
	b.Expect("ok", "id", 55)
	a.Expect("event")
	a.Expect("event")
	lose(a, b, jb)
	j := w.Peer().Join("r", "resume", jb.Resume(jb.Seq()), "id", 100)
	require.EqualValues(w, 61, j["lastId"])
}

func withoutID(w *World) {
	a, b, _, _ := pair(w)
	b.Do("send", "room", "r", "event", "e")
	a.Expect("event")
	b.Quiet()
	b.Do("lock", "room", "r", "locked", true)
	b.Expect("error", "id", Absent, "code", "forbidden")
	c := w.Peer()
	c.Do("join", "room", "r")
	c.Expect("joined", "id", Absent)
}

func secondJoin(w *World) {
	a, b, _, _ := pair(w, "nonce", "nonce-of-b-0123456789")
	b.Do("join", "room", "r", "id", 1)
	b.Expect("error", "id", 1, "code", "already_joined")
	b.Do("join", "room", "r", "id", 2, "nonce", "another-nonce-0123456789")
	b.Expect("error", "id", 2, "code", "already_joined")
	a.Quiet()
}

func joinedAgain(w *World) {
	const nonce = "nonce-of-b-0123456789"
	a, b, _, jb := pair(w, "nonce", nonce, "id", 1)
	same := func(j Msg) {
		w.Helper()
		for _, key := range []string{"room", "epoch", "self", "members", "count", "seq"} {
			require.Equal(w, jb[key], j[key], key)
		}
	}
	b.Do("join", "room", "r", "id", 2, "nonce", nonce)
	same(b.Expect("joined", "id", 2))
	b.Do("join", "room", "r", "id", 3, "resume", jb.Resume(jb.Seq()))
	same(b.Expect("joined", "id", 3))
	a.Quiet()
	b.Quiet()
}

func lostAnswer(w *World) {
	const nonce = "nonce-of-b-0123456789"
	a, b, _, jb := pair(w, "nonce", nonce)
	a.Do("send", "room", "r", "event", "e")
	b.Expect("event")
	seq := lose(a, b, jb)
	b = w.Peer()
	j := b.Join("r", "nonce", nonce, "profile", "ignored", "id", 9)
	require.Equal(w, jb.Member(), j.Member())
	require.Equal(w, jb.Self(), j.Self())
	require.Equal(w, true, j["recovered"])
	b.Expect("event", "seq", jb.Seq()+1) // everything since its join
	a.Expect("member", "change", "resumed", "seq", seq+1)

	c := w.Peer() // the old line need not have ended
	j = c.Join("r", "nonce", nonce)
	require.Equal(w, jb.Member(), j.Member())
	c.Expect("event", "seq", jb.Seq()+1)
	b.Expect("bye", "reason", "replaced")
	a.Expect("member", "change", "resumed")
	a.Quiet()
}

func leaveSuspended(w *World) {
	a, b, _, jb := pair(w)
	seq := lose(a, b, jb)
	c := w.Peer()
	r := jb.Resume(jb.Seq())
	r["key"] = "wrong"
	c.Do("leave", "room", "r", "resume", r, "id", 1)
	c.Expect("error", "id", 1, "code", "unauthorized")
	c.Do("leave", "room", "r", "resume", jb.Resume(jb.Seq()), "id", 2)
	c.Expect("ok", "id", 2, "seq", seq+1)
	a.Expect("member", "change", "left", "reason", "leave", "seq", seq+1)
	c.Do("leave", "room", "r", "resume", jb.Resume(jb.Seq()), "id", 3)
	c.Expect("error", "id", 3, "code", "no_such_member")
	c.Quiet()
	a.Quiet()
}

func leavePresent(w *World) {
	a, b, _, jb := pair(w)
	c := w.Peer()
	c.Do("leave", "room", "r", "resume", jb.Resume(jb.Seq()), "id", 1)
	c.Expect("ok", "id", 1, "seq", jb.Seq()+1)
	a.Expect("member", "change", "left", "member", jb.Member(), "reason", "leave")
	b.Expect("bye", "room", "r")
	a.Quiet()
}
