package wire

// AppendRequest appends a client's message and returns the extended slice: the other
// direction of Decode. It writes the fields of r's kind and leaves out those that are empty;
// it checks no limits, which the server does. A kind without a name on the wire
// (KindPublish, 0) appends nothing.
func AppendRequest(dst []byte, c Codec, r *Request) []byte {
	if r.Kind < KindJoin || r.Kind > KindPing {
		return dst
	}
	n := count(r.ID != 0, r.Kind != KindPing)
	e := message(dst, c, n+r.countFields(), r.Kind.String())
	if r.ID != 0 {
		e.uint("id", r.ID)
	}
	if r.Kind != KindPing {
		e.text("room", r.Room)
	}
	r.appendFields(&e)
	e.end()
	return e.dst
}

// countFields is how many fields appendFields writes.
func (r *Request) countFields() int {
	switch r.Kind {
	case KindJoin:
		return count(!r.Profile.IsAbsent(), r.Nonce != "", r.Hidden, r.Token != "", r.Resume != nil)
	case KindSend:
		return 1 + count(!r.Data.IsAbsent(), r.To != nil)
	case KindUpdate:
		return 1
	case KindLeave:
		return count(r.Resume != nil)
	case KindKick:
		return 1 + count(r.Reason != "")
	case KindLock:
		return 1
	}
	return 0
}

func (r *Request) appendFields(e *encoder) {
	switch r.Kind {
	case KindJoin:
		r.appendJoin(e)
	case KindSend:
		e.text("event", r.Event)
		if !r.Data.IsAbsent() {
			e.value("data", r.Data)
		}
		if r.To != nil {
			e.to(r.To, r.ToList)
		}
	case KindUpdate:
		e.value("profile", r.Profile)
	case KindLeave:
		r.Resume.append(e)
	case KindKick:
		e.text("member", r.Member)
		if r.Reason != "" {
			e.text("reason", r.Reason)
		}
	case KindLock:
		e.boolean("locked", r.Locked)
	}
}

func (r *Request) appendJoin(e *encoder) {
	if !r.Profile.IsAbsent() {
		e.value("profile", r.Profile)
	}
	if r.Nonce != "" {
		e.text("nonce", r.Nonce)
	}
	if r.Hidden {
		e.boolean("presence", false)
	}
	if r.Token != "" {
		e.text("token", r.Token)
	}
	r.Resume.append(e)
}

func (r *Resume) append(e *encoder) {
	if r == nil {
		return
	}
	e.name("resume")
	e.begin(4)
	e.text("member", r.Member)
	e.text("key", r.Key)
	e.text("epoch", r.Epoch)
	e.uint("seq", r.Seq)
	e.end()
}
