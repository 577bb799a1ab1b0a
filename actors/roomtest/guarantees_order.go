package roomtest

func oneOrder(w *World) {
	a, b, c := w.Peer(), w.Peer(), w.Peer()
	ja := a.Join("r")
	jb := b.Join("r")
	a.Expect("member", "change", "joined", "member", jb.Member(), "seq", ja.Seq()+1)
	jc := c.Join("r")
	a.Expect("member", "change", "joined", "seq", jb.Seq()+1)
	b.Expect("member", "change", "joined", "seq", jb.Seq()+1)
	seq := jc.Seq()
	a.Do("send", "room", "r", "event", "e1", "data", "x")
	b.Expect("event", "seq", seq+1, "from", ja.Member(), "event", "e1", "data", "x", "to", Absent)
	c.Expect("event", "seq", seq+1)
	b.Do("send", "room", "r", "event", "e2")
	a.Expect("event", "seq", seq+2, "data", nil)
	c.Expect("event", "seq", seq+2)
	c.Do("send", "room", "r", "event", "e3", "to", ja.Member())
	a.Expect("event", "seq", seq+3)
	a.Do("send", "room", "r", "event", "e4")
	b.Expect("event", "seq", seq+4)
	c.Expect("event", "seq", seq+4)
	for _, p := range []*Peer{a, b, c} {
		p.Quiet()
	}
}

func okInOrder(w *World) {
	a, b := w.Peer(), w.Peer()
	a.Join("r")
	jb := b.Join("r")
	a.Expect("member")
	b.Do("send", "room", "r", "event", "before")
	a.Expect("event", "seq", jb.Seq()+1)
	a.Do("send", "room", "r", "event", "mine", "id", 1)
	a.Do("send", "room", "r", "event", "to myself", "to", "nobody-here", "id", 2)
	a.Expect("ok", "id", 1, "seq", jb.Seq()+2, "missing", Absent)
	a.Expect("error", "id", 2, "code", "no_such_member")
	b.Expect("event", "seq", jb.Seq()+2)
	b.Do("send", "room", "r", "event", "after")
	a.Expect("event", "seq", jb.Seq()+3)
	b.Quiet()
}

func directed(w *World) {
	a, b, c := w.Peer(), w.Peer(), w.Peer()
	ma := a.Join("r").Member()
	mb := b.Join("r").Member()
	a.Expect("member")
	c.Join("r")
	a.Expect("member")
	b.Expect("member")
	to := []any{mb, ma, mb}
	a.Do("send", "room", "r", "event", "e", "to", to, "id", 1)
	b.Expect("event", "from", ma, "to", to)
	first := a.Next()
	second := a.Next() // an event to oneself and its ok have the same number
	if first.Type() == "ok" {
		first, second = second, first
	}
	if first.Type() != "event" || second.Type() != "ok" || first.Seq() != second.Seq() {
		w.Errorf("want an event and its ok, got %v and %v", first, second)
	}
	b.Do("send", "room", "r", "event", "e", "to", ma)
	a.Expect("event", "to", ma)
	for _, p := range []*Peer{a, b, c} {
		p.Quiet()
	}
}

func missing(w *World) {
	a, b := w.Peer(), w.Peer()
	a.Join("r")
	mb := b.Join("r").Member()
	seq := a.Expect("member").Seq()
	a.Do("send", "room", "r", "event", "e", "to", []any{"ghost", mb}, "id", 1)
	a.Expect("ok", "id", 1, "seq", seq+1, "missing", []any{"ghost"})
	b.Expect("event", "to", []any{"ghost", mb})
	a.Do("send", "room", "r", "event", "e", "to", []any{"ghost", "spectre"}, "id", 2)
	a.Expect("error", "id", 2, "code", "no_such_member")
	a.Do("send", "room", "r", "event", "e", "id", 3)
	a.Expect("ok", "id", 3, "seq", seq+2) // what nobody is told takes no number
}

func notJoined(w *World) {
	a := w.Peer()
	a.Join("elsewhere")
	for i, typ := range []string{"send", "update", "leave", "kick", "lock"} {
		a.Do(typ, "room", "r", "id", i+1, "event", "e", "profile", 1, "member", "m", "locked", true)
		a.Expect("error", "id", i+1, "code", "not_joined")
	}
	a.Quiet()
}

func update(w *World) {
	a, b := w.Peer(), w.Peer()
	ma := a.Join("r", "profile", map[string]any{"name": "A"}).Member()
	jb := b.Join("r")
	a.Expect("member", "profile", nil)
	a.Do("update", "room", "r", "profile", nil, "id", 1)
	a.Expect("ok", "id", 1, "seq", jb.Seq()+1)
	b.Expect("member", "change", "updated", "member", ma, "profile", nil, "role", Absent, "since", Absent, "seq", jb.Seq()+1)
	a.Do("update", "room", "r", "profile", []any{1, "two"})
	b.Expect("member", "change", "updated", "profile", []any{1, "two"})
	a.Quiet()
	c := w.Peer()
	line := c.Join("r")["members"].([]any)[0].(map[string]any)
	if !samePayload(plain([]any{1, "two"}), line["profile"]) {
		w.Errorf("the roster has %v", line)
	}
}

func ping(w *World) {
	a := w.Peer()
	a.Do("ping")
	a.Expect("pong", "id", Absent)
	a.Do("ping", "id", 7)
	a.Expect("pong", "id", 7)
}
