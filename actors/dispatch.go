package actors

// take brings a frame to its room; one of a view that is still to be adopted here waits for it.
func (n *node) take(from string, b []byte) {
	p := parcel{b: b}
	f := p.frame()
	if p.bad || f.kind == 0 {
		n.sys.log.Error("a frame that cannot be read", "node", from)
		return
	}
	s := n.sys
	s.mu.Lock()
	if f.kind == frameDone {
		n.done[from] = max(n.done[from], f.view)
		s.mu.Unlock()
		n.step()
		return
	}
	n.receive(from, f, p)
	s.mu.Unlock()
	if f.kind == frameTaken {
		n.pump()
	}
}

// receive is under mu.
func (n *node) receive(from string, f frame, p parcel) {
	switch {
	case f.view > n.view.Number:
		w := n.counted(from, len(p.b))
		w.begin()
		n.early = append(n.early, early{from, f, p, w})
	case n.view.has(from):
		n.dispatch(from, f, p)
	} // one that has died has said its last: its rooms have gone elsewhere
}

// dispatch is under mu.
func (n *node) dispatch(from string, f frame, p parcel) {
	switch f.kind {
	case frameTaken:
		n.taken(from, p)
	case frameCall:
		n.called(from, f, p)
	case frameAnswer:
		n.answered(from, p)
	case frameLetters:
		n.toOwner(from, f, p, func(r *Room) { r.letters(from, f.life, p) })
	case frameAttach:
		number := p.uint()
		n.toOwner(from, f, p, func(r *Room) { r.attach(from, f.life, p) })
		if r := n.sys.rooms[f.key]; r != nil {
			r.link.attachedBytes += len(p.b)
		}
		n.send(from, frame{kind: frameTaken, key: f.key}, putTaken(number, 0, true))
	case frameMark:
		n.send(from, frame{kind: frameTaken}, p.b)
	case frameHandover:
		n.arriving(from, f, p)
	case frameGone:
		n.toRoom(from, f, p, func(r *Room) { r.peerGone(from, f.life) })
	case frameDown:
		if !n.toRoom(from, f, p, func(r *Room) { r.down(from, f.life, p) }) {
			n.send(from, frame{kind: frameGone, key: f.key, life: f.life}, nil)
		}
	case frameMoved:
		n.toRoom(from, f, p, func(r *Room) { r.moved(from, f.life, p) })
		q := p // the room reads it, too
		if number := q.transit(); !q.bad {
			n.send(from, frame{kind: frameTaken, key: f.key}, putTaken(number, 0, true))
		}
	case frameUnknown:
		n.toRoom(from, f, p, func(r *Room) { r.unknown(from, f.life) })
	case frameReset:
		n.toRoom(from, f, p, func(r *Room) { r.reset(from, f.life, p) })
	default:
		n.sys.log.Error("a frame of an unknown kind", "node", from, "kind", f.kind)
	}
}

// toRoom has do called in the turn of a room that is here, and is false where there is none. Under mu.
func (n *node) toRoom(from string, f frame, p parcel, do func(*Room)) bool {
	r := n.sys.rooms[f.key]
	return r != nil && r.link.postOf(r, n.counted(from, len(p.b)), func() { do(r) })
}

// toOwner has do called in the turn of a room that is here, or is to be here, and otherwise tells
// the sender who its owner is, and is false. Under mu.
func (n *node) toOwner(from string, f frame, p parcel, do func(*Room)) bool {
	r := n.sys.rooms[f.key]
	if r == nil {
		if owner := n.view.owner(f.key); owner != n.self {
			n.pointOn(from, f.key, f.life, owner, false)
			return false
		}
		var err error
		if r, err = n.sys.create(f.key, nil, n.sys.options.Scheduler); err != nil {
			n.send(from, frame{kind: frameUnknown, key: f.key, life: f.life}, nil)
			return false
		}
	}
	return r.link.postOf(r, n.counted(from, len(p.b)), func() { do(r) })
}

// send hands a frame to another node, unless this one has lost its lease.
func (n *node) send(to string, f frame, body []byte) (size int) {
	if f.view = n.number.Load(); f.view == 0 {
		return 0
	}
	b := make([]byte, 0, 32+len(f.key.namespace)+len(f.key.name)+len(body))
	b = append(f.append(b), body...)
	n.Cluster.Send(to, b)
	return len(b)
}
