package actors

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

// What nodes say to each other. A frame begins with what it is and the number of the view that
// its sender has adopted; those about a room go on with the room's names and the life of the
// relay that they are to or from. Numbers are varints, strings and bytes have their length
// before them. Both ends are of one version: the cluster sees to that.
type frameKind uint8

const (
	frameDone     frameKind = iota + 1 // every room here has seen to the view
	frameLetters                       // up: what a relay's connections ask for
	frameGone                          // up: the relay has ended
	frameDown                          // down: what a pass of the room tells the relay's members
	frameMoved                         // down: the room has gone to another node
	frameUnknown                       // down: of this life (0: of any) nothing is known; its members must come anew
	frameReset                         // down: the room has ended; the relay begins a new life
	frameAttach                        // up: the members of a relay whose room's node has died
	frameHandover                      // a piece of a room that goes to its new node
	frameTaken                         // a piece of it, what a relay knows, the word that it has moved, or a mark has arrived
	frameCall                          // System.Call
	frameAnswer                        // its answer
	frameMark                          // its sender wants to know that all before it has arrived
)

// frame is the beginning of a frame.
type frame struct {
	kind frameKind
	view uint64
	key  roomKey // not in frameDone, frameAnswer
	life uint64  // not in frameDone, frameHandover, frameTaken, frameCall, frameAnswer, frameMark
}

func (f frame) append(b []byte) []byte {
	b = append(b, byte(f.kind))
	b = binary.AppendUvarint(b, f.view)
	if f.kind == frameDone || f.kind == frameAnswer {
		return b
	}
	b = putString(b, f.key.namespace)
	b = putString(b, f.key.name)
	return binary.BigEndian.AppendUint64(b, f.life)
}

func (p *parcel) frame() (f frame) {
	f.kind, f.view = frameKind(p.byte()), p.uint()
	if f.kind == frameDone || f.kind == frameAnswer {
		return f
	}
	f.key.namespace, f.key.name = p.string(), p.string()
	f.life = p.fixed()
	return f
}

func putString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

func putBytes(b, v []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	return append(b, v...)
}

func putStrings(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = putString(b, s)
	}
	return b
}

// putFlags packs up to 8 conditions into one byte.
func putFlags(b []byte, flags ...bool) []byte {
	var v byte
	for i, on := range flags {
		if on {
			v |= 1 << i
		}
	}
	return append(b, v)
}

// putValue writes an absent value as codec 255.
func putValue(b []byte, v wire.Value) []byte {
	if v.IsAbsent() {
		return append(b, 255)
	}
	return putBytes(append(b, byte(v.Codec)), v.Bytes)
}

func putClose(b []byte, c Close) []byte {
	b = binary.AppendUvarint(b, uint64(c.Code))
	b = putString(b, c.Reason)
	return binary.AppendUvarint(b, uint64(c.RetryAfter))
}

func putMessage(b []byte, m wire.Message) []byte {
	c := codecOf(m)
	b = append(b, byte(c))
	at := len(b)
	b = m.AppendTo(append(b, 0, 0, 0, 0), c)
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// parcel is what is left of a frame to be read. A frame that is not what it should be turns it
// bad: everything read from then on is zero. Strings are copies; bytes alias the frame.
type parcel struct {
	b   []byte
	bad bool
}

func (p *parcel) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.bad, p.b = true, nil
		return nil
	}
	v := p.b[:n:n]
	p.b = p.b[n:]
	return v
}

func (p *parcel) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (p *parcel) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return v
}

// fixed reads a number of 8 bytes.
func (p *parcel) fixed() uint64 {
	if b := p.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// count reads how many things follow, each of which takes a byte at least.
func (p *parcel) count() int {
	n := p.uint()
	if n > uint64(len(p.b)) {
		p.bad, p.b = true, nil
		return 0
	}
	return int(n)
}

func (p *parcel) bytes() []byte       { return p.take(p.count()) }
func (p *parcel) string() string      { return string(p.bytes()) }
func (p *parcel) more() bool          { return len(p.b) > 0 }
func (p *parcel) span() time.Duration { return time.Duration(p.uint()) }

func (p *parcel) strings() []string {
	list := make([]string, p.count())
	for i := range list {
		list[i] = p.string()
	}
	return list
}

func (p *parcel) flags(flags ...*bool) {
	v := p.byte()
	for i, f := range flags {
		*f = v&(1<<i) != 0
	}
}

// value copies: what is kept of it must not keep the frame.
func (p *parcel) value() wire.Value {
	c := p.byte()
	if c == 255 || p.bad {
		return wire.Value{}
	}
	return wire.Value{Codec: wire.Codec(c), Bytes: slices.Clone(p.bytes())}
}

func (p *parcel) close() Close {
	return Close{Code: int(p.uint()), Reason: p.string(), RetryAfter: p.span()}
}

func (p *parcel) message() wire.Message {
	c := wire.Codec(p.byte())
	n := p.take(4)
	if n == nil {
		return nil
	}
	m, err := wire.DecodeMessage(c, p.take(int(binary.BigEndian.Uint32(n))))
	if err != nil {
		p.bad, p.b = true, nil
		return nil
	}
	return m
}
