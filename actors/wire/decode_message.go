package wire

import "time"

// DecodeMessage reads one message of the server: the other direction of AppendTo, for
// clients. The message's strings and values alias frame, which the caller must not touch
// again. Unknown fields are ignored; a field that the message always has must be there.
//
// The error is always an *Error: BadFrame where frame is not one map of codec c, BadRequest
// where it is no message of this protocol.
func DecodeMessage(c Codec, frame []byte) (Message, error) {
	if err := check(c, frame, maxDepthSent); err != nil {
		return nil, err
	}
	r := raw{c, frame}
	if c == JSON {
		r.b = frame[skipSpace(frame, 0):]
	}
	if !r.dict() {
		return nil, badFrame("%s: the message is not a map", c)
	}
	var buf [16]pair
	d := reader{o: readObject(r, buf[:0])}
	m := d.message()
	if d.err != nil {
		return nil, d.err
	}
	return m, nil
}

func (d *reader) message() Message {
	switch typ := d.text("type"); typ {
	case "joined":
		return d.joined()
	case "event":
		return d.event()
	case "member":
		return d.memberChange()
	case "room":
		return &RoomChange{Room: d.text("room"), Seq: d.uint("seq"), Locked: d.boolean("locked")}
	case "ok":
		return &OK{ID: d.uint("id"), Seq: d.uint("seq"), Missing: d.texts("missing")}
	case "error":
		return &Error{
			ID: d.uintOr0("id"), Room: d.textOr("room", ""), Code: Code(d.text("code")),
			Message: d.text("message"), RetryAfter: d.duration("retryAfter", time.Millisecond),
		}
	case "ice":
		return &ICE{ICE: d.value("ice"), TTL: d.duration("iceTTL", time.Second)}
	case "bye":
		return &Bye{
			Code: d.int("code"), Reason: d.text("reason"), Text: d.textOr("text", ""),
			Room: d.textOr("room", ""), RetryAfter: d.duration("retryAfter", time.Millisecond),
		}
	case "pong":
		return &Pong{ID: d.uintOr0("id")}
	default:
		d.fail("type", "unknown")
	}
	return nil
}

func (d *reader) joined() *Joined {
	m := &Joined{
		ID: d.uintOr0("id"), Seq: d.uint("seq"), LastID: d.uint("lastId"),
		Room: d.text("room"), Epoch: d.text("epoch"), Count: d.int("count"),
		Locked: d.boolean("locked"), Recovered: d.boolean("recovered"),
		Linger: d.duration("linger", time.Second),
		ICE:    d.value("ice"), ICETTL: d.duration("iceTTL", time.Second),
	}
	if self := d.dict("self"); self != nil {
		m.Self = Self{
			Member: self.text("member"), Key: self.text("key"), Role: self.role("role"),
			Since: self.uint("since"), Profile: self.value("profile"),
		}
		d.adopt("self", self)
	}
	list := d.o.get("members")
	m.Hidden = list.absent()
	if m.Hidden || d.err != nil {
		return m
	}
	if !list.list() {
		d.fail("members", "not a list")
		return m
	}
	m.Members = []Member{}
	d.members(list, m)
	return m
}

func (d *reader) members(list raw, m *Joined) {
	var buf [8]pair
	for c := list.elements(); c.next() && d.err == nil; {
		if !c.val.dict() {
			d.fail("members", "not a list of maps")
			return
		}
		one := reader{o: readObject(c.val, buf[:0])}
		m.Members = append(m.Members, Member{
			Member: one.text("member"), Profile: one.value("profile"), Since: one.uint("since"),
			Role: one.role("role"), Suspended: one.booleanOr("suspended", false),
		})
		d.adopt("members", &one)
	}
}

func (d *reader) event() *Event {
	m := &Event{
		Room: d.text("room"), Seq: d.uint("seq"), From: d.text("from"),
		Event: d.text("event"), Data: d.value("data"),
	}
	to := d.o.get("to")
	switch {
	case to.absent():
	case to.list():
		m.To, m.ToList = d.texts("to"), true
	default:
		m.To = []string{d.text("to")}
	}
	return m
}

func (d *reader) memberChange() *MemberChange {
	m := &MemberChange{
		Room: d.text("room"), Seq: d.uint("seq"), Member: d.text("member"),
		Since: d.uintOr0("since"), Reason: d.textOr("reason", ""),
	}
	m.Change = Change(d.oneOf("change", changeNames[:]))
	if !d.o.value("profile").absent() {
		m.Profile = d.value("profile")
	}
	if m.HasRole = !d.o.get("role").absent(); m.HasRole {
		m.Role = d.role("role")
	}
	return m
}
