package cluster

import "time"

// line is one end of a link: what is sent and received, in what order, and when again. It knows
// neither sockets nor clocks, and is not safe for concurrent use.
//
// Packets are numbered from 1 in each life of the link. The receiver takes them in order alone, and says up to
// which one it has them: with whatever it sends anyway, else soon. One that comes too early shows that others are lost,
// and the receiver asks for them again; where even that is lost, the sender repeats itself in growing intervals.
//
// A link is cut by whoever cannot go on: its life grows by one, and both directions start from
// nothing. The other end sees the larger life and does likewise. What still comes of a smaller life
// is dropped, and answered so that its sender learns.
type line struct {
	from  string // this end's id
	limit int    // bytes that may wait or be under way
	piece int    // bytes of a packet, about; a larger frame is cut
	life  uint64
	stats *counts

	// Out
	queue   []part   // not yet in a packet; the first may have been begun
	begun   int      // bytes of queue[0] that have gone
	flight  []flying // not acknowledged
	again   int      // flight[again:] is to be sent, again or for the first time
	last    uint64   // the number of the last packet made
	waiting int      // bytes in queue and flight
	flying  int      // bytes in flight
	timeout time.Duration
	repeat  time.Time // when flight is sent again
	held    time.Time // nothing new is sent before: the other end has too much that waits

	// In
	have      uint64    // all up to this one have arrived
	open      []byte    // the beginning of a frame
	opened    bool      // there is one
	unacked   int       // packets that have arrived since the last acknowledgement
	ackDue    time.Time // zero: none is due
	complain  bool      // the next acknowledgement asks for what is missing
	complains time.Time // when it last did
	holds     bool      // what has arrived waits for its rooms: the other end is to send nothing new
}

// flying is a packet under way: its parts, encoded.
type flying struct {
	number uint64
	body   []byte
	size   int // bytes of frames
}

const (
	window      = 4 << 20 // bytes under way at once; the rest waits
	ackEvery    = 32      // packets
	ackDelay    = 10 * time.Millisecond
	firstRepeat = 250 * time.Millisecond
	lastRepeat  = 2 * time.Second
	perPart     = 64                    // what a frame costs beside its bytes
	holdFor     = time.Second           // for so long is nothing new sent, unless the other end says so again, or otherwise
	holdLook    = 20 * time.Millisecond // how often an end looks that has the other one hold
)

func newLine(from string, limit, piece int, stats *counts) *line {
	return &line{from: from, limit: limit, piece: piece, life: 1, timeout: firstRepeat, stats: stats}
}

// push takes a frame to be sent, and keeps it; false: there is no room, and the link must be cut.
func (l *line) push(kind byte, frame []byte) bool {
	if l.waiting+len(frame)+perPart > l.limit {
		return false
	}
	l.queue = append(l.queue, part{kind, frame})
	l.waiting += len(frame) + perPart
	return true
}

// cut gives everything up and starts a new life, and tells the other end of it.
func (l *line) cut() {
	l.renew(l.life + 1)
	l.push(forLink, nil)
}

func (l *line) renew(life uint64) {
	*l = line{from: l.from, limit: l.limit, piece: l.piece, life: life, timeout: firstRepeat, stats: l.stats, holds: l.holds}
}

// idle tells whether all that was sent has arrived.
func (l *line) idle() bool { return len(l.queue) == 0 && len(l.flight) == 0 }

// busy tells whether out has something to send at once.
func (l *line) busy() bool {
	return l.again < len(l.flight) || len(l.queue) > 0 && l.flying < window && l.held.IsZero()
}

// hello makes this end speak first, where the other has spoken before it was heard.
func (l *line) hello(spoken bool) {
	l.complain = spoken
	if spoken {
		l.ackDue = time.Unix(0, 0)
	}
}

// due is when out has something to do by itself; zero: not until something happens.
func (l *line) due() time.Time {
	at := l.ackDue
	for _, o := range [...]time.Time{l.repeat, l.newDue()} {
		if at.IsZero() || !o.IsZero() && o.Before(at) {
			at = o
		}
	}
	return at
}

// newDue is when something new may be sent; zero: there is nothing, or it waits for something else.
func (l *line) newDue() time.Time {
	if len(l.queue) == 0 || l.flying >= window {
		return time.Time{}
	}
	return l.held
}

// hold says whether the other end is to send nothing new.
func (l *line) hold(on bool, now time.Time) {
	if l.holds != on {
		l.holds, l.ackDue = on, now
	}
}

// out appends the next packet to dst; false: there is none now.
func (l *line) out(dst []byte, now time.Time) ([]byte, bool) {
	if len(l.flight) > 0 && !l.repeat.IsZero() && !now.Before(l.repeat) {
		l.resend()
		l.timeout = min(2*l.timeout, lastRepeat)
		l.repeat = now.Add(l.timeout)
	}
	if l.again == len(l.flight) && len(l.queue) > 0 && l.flying < window && !now.Before(l.held) {
		if l.pack(); !l.held.IsZero() { // one packet shows whether it is still so
			l.held = now.Add(holdFor)
		}
	}
	h := header{from: l.from, life: l.life, ack: l.have, again: l.complain, hold: l.holds}
	switch {
	case l.again < len(l.flight):
		f := &l.flight[l.again]
		l.again++
		h.number = f.number
		if l.repeat.IsZero() {
			l.repeat = now.Add(l.timeout)
		}
		dst = append(appendHeader(dst, h), f.body...)
	case !l.ackDue.IsZero() && !now.Before(l.ackDue):
		dst = appendHeader(dst, h)
	default:
		return dst, false
	}
	l.ackDue, l.unacked, l.complain = time.Time{}, 0, false
	return dst, true
}

// resend begins the flight anew.
func (l *line) resend() {
	l.stats.repeated.Add(uint64(l.again))
	l.again = 0
}

// pack makes a packet of what waits.
func (l *line) pack() {
	var parts []part
	size, whole := 0, 0
	for len(l.queue) > 0 && size < l.piece && len(parts) < maxFrames {
		p := l.queue[0]
		data, kind := p.data[l.begun:], p.kind
		if len(data) > l.piece-size {
			if size > 0 && len(data) <= l.piece {
				break // it fits into the next one
			}
			data, kind = data[:l.piece-size], kind|moreFollows
			l.begun += len(data)
		} else {
			l.queue[0] = part{}
			l.queue, l.begun = l.queue[1:], 0
			whole++
		}
		parts = append(parts, part{kind, data})
		size += len(data)
	}
	if len(l.queue) == 0 {
		l.queue = nil
	}
	l.last++
	l.flight = append(l.flight, flying{l.last, appendParts(make([]byte, 0, size+8*len(parts)+8), parts), size + whole*perPart})
	l.flying += size + whole*perPart
}

// acked forgets what has arrived at the other end.
func (l *line) acked(number uint64, again bool, now time.Time) {
	n := 0
	for n < len(l.flight) && l.flight[n].number <= number {
		l.flying -= l.flight[n].size
		l.waiting -= l.flight[n].size
		l.flight[n] = flying{}
		n++
	}
	if n > 0 {
		l.flight, l.again = l.flight[n:], max(0, l.again-n)
		l.timeout, l.repeat = firstRepeat, time.Time{}
		if len(l.flight) > 0 {
			l.repeat = now.Add(l.timeout)
		} else {
			l.flight = nil
		}
	}
	if again && len(l.flight) > 0 && l.flight[0].number == number+1 {
		l.resend()
		l.repeat = now.Add(l.timeout)
	}
}

// in takes a packet. What it returns is whole frames, in order, and whether the other end has cut the link, in which case the frames come after the cut.
func (l *line) in(h header, parts []part, now time.Time) (frames []part, cut bool) {
	switch {
	case h.life < l.life:
		l.ackDue = now // tells of this life
		return nil, false
	case h.life > l.life:
		l.renew(h.life)
		cut = true
	}
	l.acked(h.ack, h.again, now)
	if l.held = (time.Time{}); h.hold {
		l.held = now.Add(holdFor)
	}
	switch {
	case h.number == 0:
	case h.number <= l.have:
		l.stats.duplicates.Add(1)
		l.ackDue = now
	case h.number > l.have+1:
		if now.Sub(l.complains) >= ackDelay {
			l.complain, l.complains, l.ackDue = true, now, now
		}
	default:
		l.have++
		frames = l.join(parts)
		if l.unacked++; l.unacked >= ackEvery {
			l.ackDue = now
		} else if l.ackDue.IsZero() {
			l.ackDue = now.Add(ackDelay)
		}
	}
	return frames, cut
}

// join puts pieces together.
func (l *line) join(parts []part) []part {
	frames := parts[:0]
	for _, p := range parts {
		if l.opened {
			p.data = append(l.open, p.data...)
		}
		if p.kind&moreFollows != 0 {
			l.open, l.opened = p.data, true
			continue
		}
		l.open, l.opened = nil, false
		if p.kind != forLink {
			frames = append(frames, p)
		}
	}
	return frames
}
