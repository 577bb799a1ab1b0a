package actors

// chunks are bytes that come at one end and go at the other. They hold no pointers, so that
// the collector need not look at them, and are never moved.
type chunks struct {
	list  [][]byte
	first uint32 // the number of list[0]
	total int    // bytes that list can hold
}

// Sizes of a chunk: half of what there is already, within these.
const (
	minChunk = 256
	maxChunk = 32 << 10
)

// place is where some bytes stand.
type place struct{ chunk, off, n uint32 }

// add copies b to the end.
func (c *chunks) add(b []byte) place {
	last := len(c.list) - 1
	if last < 0 || cap(c.list[last])-len(c.list[last]) < len(b) {
		fresh := make([]byte, 0, max(len(b), min(max(c.total/2, minChunk), maxChunk)))
		c.list = append(c.list, fresh)
		c.total += cap(fresh)
		last++
	}
	off := len(c.list[last])
	c.list[last] = append(c.list[last], b...)
	return place{c.first + uint32(last), uint32(off), uint32(len(b))}
}

// at returns what add has put there. It must not be changed.
func (c *chunks) at(p place) []byte {
	return c.list[p.chunk-c.first][p.off:][:p.n:p.n]
}

// keep lets go of the chunks before the one that p is in.
func (c *chunks) keep(p place) {
	k := int(p.chunk - c.first)
	if k == 0 {
		return
	}
	for _, b := range c.list[:k] {
		c.total -= cap(b)
	}
	n := copy(c.list, c.list[k:])
	clear(c.list[n:])
	c.list, c.first = c.list[:n], p.chunk
}
