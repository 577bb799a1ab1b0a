package actors

// arriving puts the pieces of a room together, and has it taken over when it is whole. Under mu.
func (n *node) arriving(from string, f frame, p parcel) {
	number, at := p.uint(), p.uint()
	var last bool
	p.flags(&last)
	if p.bad {
		n.sys.log.Error("a frame that cannot be read", "node", from, "room", f.key.name)
		return
	}
	piece := len(p.b)
	rooms := n.moves.in[from]
	so := rooms[number]
	if at != uint64(len(so)) { // the link was cut between the two
		delete(rooms, number)
		return
	}
	if !last {
		if rooms == nil {
			rooms = make(map[uint64][]byte)
			n.moves.in[from] = rooms
		}
		rooms[number] = append(so, p.b...)
		n.send(from, frame{kind: frameTaken, key: f.key}, putTaken(number, piece, false))
		return
	}
	if delete(rooms, number); so != nil {
		p = parcel{b: append(so, p.b...)}
	}
	ack := putTaken(number, piece, true)
	if !n.toOwner(from, f, p, func(r *Room) { r.takeOver(from, p, ack) }) {
		n.send(from, frame{kind: frameTaken, key: f.key}, ack) // it is not waited for
	}
}
