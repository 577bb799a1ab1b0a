package wire

import "time"

// Every message begins with its type. A field that a message may leave out counts in begin
// by the condition under which it is written.

func message(dst []byte, c Codec, n int, typ string) encoder {
	e := encoder{c, dst}
	e.begin(n + 1)
	e.text("type", typ)
	return e
}

// AppendTo appends a message of type "joined".
func (m *Joined) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 11+count(m.ID != 0, !m.Hidden), "joined")
	if m.ID != 0 {
		e.uint("id", m.ID)
	}
	e.text("room", m.Room)
	e.text("epoch", m.Epoch)
	e.uint("seq", m.Seq)
	e.uint("lastId", m.LastID)
	m.Self.append(&e)
	if !m.Hidden {
		e.list("members", len(m.Members))
		for i := range m.Members {
			e.element(i)
			m.Members[i].append(&e)
		}
		e.endList()
	}
	e.uint("count", uint64(max(0, m.Count)))
	e.boolean("locked", m.Locked)
	e.boolean("recovered", m.Recovered)
	e.seconds("linger", m.Linger)
	e.ice(m.ICE, m.ICETTL)
	e.end()
	return e.dst
}

func (s *Self) append(e *encoder) {
	e.name("self")
	e.begin(5)
	e.text("member", s.Member)
	e.text("key", s.Key)
	e.text("role", s.Role.String())
	e.uint("since", s.Since)
	e.value("profile", s.Profile)
	e.end()
}

func (m *Member) append(e *encoder) {
	e.begin(4 + count(m.Suspended))
	e.text("member", m.Member)
	e.value("profile", m.Profile)
	e.uint("since", m.Since)
	e.text("role", m.Role.String())
	if m.Suspended {
		e.boolean("suspended", true)
	}
	e.end()
}

// AppendTo appends a message of type "event".
func (m *Event) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 5+count(m.To != nil), "event")
	e.text("room", m.Room)
	e.uint("seq", m.Seq)
	e.text("from", m.From)
	e.text("event", m.Event)
	e.value("data", m.Data)
	if m.To != nil {
		e.to(m.To, m.ToList)
	}
	e.end()
	return e.dst
}

// AppendTo appends a message of type "member".
func (m *MemberChange) AppendTo(dst []byte, c Codec) []byte {
	optional := count(!m.Profile.IsAbsent(), m.Since != 0, m.HasRole, m.Reason != "")
	e := message(dst, c, 4+optional, "member")
	e.text("room", m.Room)
	e.uint("seq", m.Seq)
	e.text("change", m.Change.String())
	e.text("member", m.Member)
	if !m.Profile.IsAbsent() {
		e.value("profile", m.Profile)
	}
	if m.Since != 0 {
		e.uint("since", m.Since)
	}
	if m.HasRole {
		e.text("role", m.Role.String())
	}
	if m.Reason != "" {
		e.text("reason", m.Reason)
	}
	e.end()
	return e.dst
}

// AppendTo appends a message of type "room".
func (m *RoomChange) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 3, "room")
	e.text("room", m.Room)
	e.uint("seq", m.Seq)
	e.boolean("locked", m.Locked)
	e.end()
	return e.dst
}

// AppendTo appends a message of type "ok".
func (m *OK) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 2+count(m.Missing != nil), "ok")
	e.uint("id", m.ID)
	e.uint("seq", m.Seq)
	if m.Missing != nil {
		e.texts("missing", m.Missing)
	}
	e.end()
	return e.dst
}

// AppendTo appends a message of type "error".
func (m *Error) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 2+count(m.ID != 0, m.Room != "", m.RetryAfter > 0), "error")
	if m.ID != 0 {
		e.uint("id", m.ID)
	}
	if m.Room != "" {
		e.text("room", m.Room)
	}
	e.text("code", string(m.Code))
	e.text("message", m.Message)
	if m.RetryAfter > 0 {
		e.millis("retryAfter", m.RetryAfter)
	}
	e.end()
	return e.dst
}

// AppendTo appends a message of type "ice".
func (m *ICE) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 2, "ice")
	e.ice(m.ICE, m.TTL)
	e.end()
	return e.dst
}

// AppendTo appends a message of type "bye".
func (m *Bye) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, 2+count(m.Text != "", m.Room != "", m.RetryAfter > 0), "bye")
	e.uint("code", uint64(max(0, m.Code)))
	e.text("reason", m.Reason)
	if m.Text != "" {
		e.text("text", m.Text)
	}
	if m.Room != "" {
		e.text("room", m.Room)
	}
	if m.RetryAfter > 0 {
		e.millis("retryAfter", m.RetryAfter)
	}
	e.end()
	return e.dst
}

// AppendTo appends a message of type "pong".
func (m *Pong) AppendTo(dst []byte, c Codec) []byte {
	e := message(dst, c, count(m.ID != 0), "pong")
	if m.ID != 0 {
		e.uint("id", m.ID)
	}
	e.end()
	return e.dst
}

// ice writes the two fields that joined and ice have in common.
func (e *encoder) ice(servers Value, ttl time.Duration) {
	if servers.IsAbsent() {
		servers = Value{Codec: JSON, Bytes: noServers}
	}
	e.value("ice", servers)
	e.seconds("iceTTL", ttl)
}

var noServers = []byte("[]")

// to writes the receivers in the form in which the sender gave them.
func (e *encoder) to(to []string, list bool) {
	if list || len(to) != 1 {
		e.texts("to", to)
		return
	}
	e.text("to", to[0])
}
