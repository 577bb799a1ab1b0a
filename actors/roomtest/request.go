package roomtest

// Req is one request of a client. Its zero fields are left out of the frame.
type Req struct {
	Type, Room string
	ID         int64
	Profile    any
	HasProfile bool
	Nonce      string
	Hidden     bool
	Resume     *Resume
	Event      string
	Data       any
	HasData    bool
	To         any // a string or a []string
	Member     string
	Reason     string
	Locked     bool
}

// Resume names a membership.
type Resume struct {
	Member, Key, Epoch string
	Seq                int64
}

// Map is the request as a client would build it.
func (r *Req) Map() map[string]any {
	m := map[string]any{"type": r.Type}
	text := func(key, v string) {
		if v != "" {
			m[key] = v
		}
	}
	text("room", r.Room)
	text("nonce", r.Nonce)
	text("event", r.Event)
	text("member", r.Member)
	text("reason", r.Reason)
	if r.ID != 0 {
		m["id"] = r.ID
	}
	if r.HasProfile {
		m["profile"] = r.Profile
	}
	if r.Hidden {
		m["presence"] = false
	}
	if r.Resume != nil {
		m["resume"] = map[string]any{"member": r.Resume.Member, "key": r.Resume.Key,
			"epoch": r.Resume.Epoch, "seq": r.Resume.Seq}
	}
	if r.HasData {
		m["data"] = r.Data
	}
	if r.To != nil {
		m["to"] = r.To
	}
	if r.Type == "lock" {
		m["locked"] = r.Locked
	}
	return m
}

// receivers are the ids of To, each once, in order; nil for a broadcast.
func (r *Req) receivers() []string {
	var all []string
	switch to := r.To.(type) {
	case string:
		all = []string{to}
	case []string:
		all = to
	}
	seen := map[string]bool{}
	var once []string
	for _, id := range all {
		if !seen[id] {
			seen[id] = true
			once = append(once, id)
		}
	}
	return once
}
