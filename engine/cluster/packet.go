package cluster

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"
)

// What a frame is for. A part with moreFollows is a piece of a frame, which goes on in the next part.
const (
	forRooms    byte = 1 // System.Take
	forActors   byte = 2 // Remoter
	forLink     byte = 3 // nobody: it carries the link's new life
	forRequests byte = 4 // Serve's handler
	forAnswers  byte = 5 // a Transport
	moreFollows byte = 0x80
)

// part is a frame, or a piece of one.
type part struct {
	kind byte
	data []byte
}

// header begins every packet: a msgpack array of [from, life, number, ack, again, hold], and after it
// an array of [kind, data, kind, data …].
type header struct {
	from   string
	life   uint64 // of the link; a larger one is a link that has been cut, and starts anew
	number uint64 // of this packet, from 1; 0: it carries nothing
	ack    uint64 // packets of the receiver that have arrived, all up to this one
	again  bool   // those after ack are wanted again
	hold   bool   // nothing new is wanted: too much waits here for its rooms
}

var errPacket = errors.New("not a packet")

// maxFrames is how many frames go into one packet.
const maxFrames = 1024

// appendHeader appends h to dst.
func appendHeader(dst []byte, h header) []byte {
	w := bytes.NewBuffer(dst)
	e := msgpack.NewEncoder(w)
	_ = e.EncodeArrayLen(6) // a bytes.Buffer takes everything
	_ = e.EncodeString(h.from)
	_ = e.EncodeUint(h.life)
	_ = e.EncodeUint(h.number)
	_ = e.EncodeUint(h.ack)
	_ = e.EncodeBool(h.again)
	_ = e.EncodeBool(h.hold)
	return w.Bytes()
}

// appendParts appends what a packet carries.
func appendParts(dst []byte, parts []part) []byte {
	w := bytes.NewBuffer(dst)
	e := msgpack.NewEncoder(w)
	_ = e.EncodeArrayLen(2 * len(parts))
	for _, p := range parts {
		_ = e.EncodeUint8(p.kind)
		_ = e.EncodeBytes(p.data)
	}
	return w.Bytes()
}

// parsePacket reads a packet; its parts are copies.
func parsePacket(b []byte) (h header, parts []part, err error) {
	d := msgpack.NewDecoder(bytes.NewReader(b))
	if n, err := d.DecodeArrayLen(); err != nil || n != 6 {
		return h, nil, errPacket
	}
	from, err0 := d.DecodeString()
	life, err1 := d.DecodeUint64()
	number, err2 := d.DecodeUint64()
	ack, err3 := d.DecodeUint64()
	again, err4 := d.DecodeBool()
	hold, err5 := d.DecodeBool()
	if err := errors.Join(err0, err1, err2, err3, err4, err5); err != nil {
		return h, nil, fmt.Errorf("%w: %w", errPacket, err)
	}
	h = header{from, life, number, ack, again, hold}
	if number == 0 {
		return h, nil, nil
	}
	n, err := d.DecodeArrayLen()
	if err != nil || n < 2 || n%2 != 0 || n > 2*maxFrames {
		return h, nil, errPacket
	}
	parts = make([]part, n/2)
	for i := range parts {
		kind, err0 := d.DecodeUint8()
		data, err1 := d.DecodeBytes()
		if err := errors.Join(err0, err1); err != nil {
			return h, nil, fmt.Errorf("%w: %w", errPacket, err)
		}
		parts[i] = part{kind, data}
	}
	return h, parts, nil
}
