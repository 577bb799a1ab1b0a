package gateway

import "github.com/gobwas/ws"

// discarder reads past what a peer sends after the connection has failed or is being closed:
// of all its frames only a close frame counts, and errors no longer matter.
type discarder struct {
	head  [maxHeaderSize]byte
	nhead int
	left  int64 // bytes of the present frame still to come
	mask  [4]byte
	close bool // the present frame is a close frame
	blind bool // the frames can no longer be told apart: only the stream's end counts
	code  []byte
}

// discard makes a reader that reads past everything from where r stopped, in the middle of a
// frame perhaps.
func (r *reader) discard() *reader {
	d := &discarder{head: r.head, nhead: r.nhead}
	switch {
	case r.failed:
		d.left, d.blind = r.h.Length, r.h.Length < 0
	case r.open:
		d.left, d.mask = int64(r.left), r.h.Mask
		if d.close = r.h.OpCode == ws.OpClose; d.close {
			d.code = append(d.code, r.ctl[:min(2, len(r.ctl))]...)
			ws.Cipher(d.code, d.mask, 0) // as it came
		}
	}
	return &reader{past: d}
}

// skip reads b and reports whether a close frame has come to its end, and its code.
func (d *discarder) skip(b []byte) (code int, closed bool) {
	for len(b) > 0 && !d.blind {
		if d.left == 0 {
			if b = d.header(b); d.blind || d.left > 0 || !d.close {
				continue
			}
		}
		n := min(d.left, int64(len(b)))
		if d.close && len(d.code) < 2 {
			d.code = append(d.code, b[:min(n, int64(2-len(d.code)))]...)
		}
		b, d.left = b[n:], d.left-n
		if d.close && d.left == 0 {
			ws.Cipher(d.code, d.mask, 0)
			code, _, _ = parseClose(d.code)
			return code, true
		}
	}
	return 0, false
}

func (d *discarder) header(b []byte) []byte {
	d.close = false
	before := d.nhead
	d.nhead += copy(d.head[before:], b)
	h, size, _ := parseHeader(d.head[:d.nhead])
	if size == 0 {
		return nil
	}
	d.nhead = 0
	d.left, d.mask = h.Length, h.Mask
	d.close = h.OpCode == ws.OpClose
	d.blind = h.Length < 0 || d.close && h.Length > ws.MaxControlFramePayloadSize
	return b[size-before:]
}
