package actors

// aboutTold is what a room counts that tells of a new epoch, beside what it was told itself.
const aboutTold = 256

// settleSome tells rooms of this node that the view is settled: so many as may tell others of new epochs
// at once. The rest waits until all nodes have said that this has arrived, so that the links hold it
// however many rooms were lost. It waits for no room's turn: one may be stuck. Under mu.
func (n *node) settleSome() {
	m := &n.moves
	number := n.view.Number
	for len(m.settling) > 0 && m.marks == 0 {
		bytes := 0
		for told := 0; len(m.settling) > 0 && told < maxAttaching && bytes < m.window; told++ {
			r := m.settling[0]
			m.settling[0] = nil
			m.settling = m.settling[1:]
			bytes += aboutTold + 2*r.link.attachedBytes
			r.link.attachedBytes = 0
			r.link.post(r, func() { r.settled(number) })
		}
		if len(m.settling) == 0 {
			m.settling = nil
			return
		}
		for _, o := range n.others() {
			if n.isThere(o) {
				m.marks++
				t := m.open(m.lane(o), &transit{marks: &m.marks})
				n.send(o, frame{kind: frameMark}, putTaken(t.number, 0, true))
			}
		}
	}
}
