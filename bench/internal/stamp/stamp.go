// Package stamp marks the payloads that the harness sends, so that any received frame tells
// who sent it, as which of its messages, and when it was meant to be sent. A stamp is plain
// ASCII inside a string, hence the same bytes in every dialect and in both codecs.
package stamp

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// Len is the length of a stamp in bytes: the mark, then publisher, number and time in
// hexadecimal of fixed width.
const Len = 2 + 8 + 8 + 16

// mark begins a stamp. Nothing else that the harness sends contains it.
var mark = []byte("~B")

// ErrBad says that a stamp was found and is not whole.
var ErrBad = errors.New("damaged stamp")

// Stamp is what a payload carries.
type Stamp struct {
	Publisher uint32 // across all load processes of a run
	Number    uint32 // of this publisher's messages, from 0
	Intended  int64  // when it was meant to be sent, in ns since the Unix epoch
}

// Append appends the stamp's Len bytes.
func (s Stamp) Append(dst []byte) []byte {
	var raw [16]byte
	binary.BigEndian.PutUint32(raw[0:], s.Publisher)
	binary.BigEndian.PutUint32(raw[4:], s.Number)
	binary.BigEndian.PutUint64(raw[8:], uint64(s.Intended))
	return hex.AppendEncode(append(dst, mark...), raw[:])
}

// Reader finds stamps. It remembers the last one, since a broadcast shows the same bytes
// again and again. The zero Reader is ready; it is for one goroutine.
type Reader struct {
	text [Len]byte
	last Stamp
}

// Find returns the first stamp in frame and its offset; -1: there is none. A damaged one is
// ErrBad.
func (r *Reader) Find(frame []byte) (Stamp, int, error) {
	at := bytes.Index(frame, mark)
	if at < 0 {
		return Stamp{}, -1, nil
	}
	if len(frame) < at+Len {
		return Stamp{}, at, ErrBad
	}
	text := frame[at : at+Len]
	if string(text) == string(r.text[:]) {
		return r.last, at, nil
	}
	var raw [16]byte
	if _, err := hex.Decode(raw[:], text[len(mark):]); err != nil {
		return Stamp{}, at, ErrBad
	}
	copy(r.text[:], text)
	r.last = Stamp{
		Publisher: binary.BigEndian.Uint32(raw[0:]),
		Number:    binary.BigEndian.Uint32(raw[4:]),
		Intended:  int64(binary.BigEndian.Uint64(raw[8:])),
	}
	return r.last, at, nil
}
