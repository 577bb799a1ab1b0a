package gateway

import (
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// reader turns a peer's bytes into messages and control frames. It holds what is incomplete
// and nothing else, so that a connection between two messages needs none (idle). Its memory
// grows with the bytes that have arrived, at most twofold, never with an announced length.
type reader struct {
	head  [maxHeaderSize]byte // of a frame whose header is not complete
	nhead int

	open bool // h is the frame under way
	h    ws.Header
	left int // bytes of its payload still to come
	ctl  []byte

	failed bool // h breaks the rules

	pressed bool // the message under way was so when memory was found short

	op      ws.OpCode // of the message whose fragments are coming; 0: none
	msg     []byte    // the message under way, unmasked
	checked int       // bytes of msg that are known to be UTF-8, where it is text

	// stash is what was received and must wait: for its turn, or for a full room. During the
	// upgrade it is the beginning of the request.
	stash    []byte
	ownStash bool // what is being parsed is the stash, and can be kept without a copy

	past *discarder // set: what comes is only read past
}

// fragmented tells, after next, whether it has found a whole fragment that is not the last.
func (r *reader) fragmented() bool { return r.op != 0 && !r.open && r.nhead == 0 }

// frame is what next found. Its op is 0 (continuation) where no message is complete yet.
type frame struct {
	op      ws.OpCode
	payload []byte // of a message: its own memory; of a control frame: valid until the next call
}

// held is how many bytes of memory it holds.
func (r *reader) held() int { return cap(r.msg) + cap(r.ctl) + len(r.stash) }

func (r *reader) idle() bool {
	return r.nhead == 0 && !r.open && r.op == 0 && len(r.stash) == 0
}

// next takes at most one frame from b, whose bytes it unmasks in place, and returns what is
// left of b. After a failure only discard may be called.
func (r *reader) next(b []byte) (f frame, rest []byte, fail *failure) {
	if !r.open {
		var minimal, more bool
		if b, minimal, more = r.header(b); more {
			return f, nil, nil
		}
		if fail = check(r.h, minimal, r.op != 0, len(r.msg)); fail != nil {
			r.failed = true
			return f, b, fail
		}
		r.open, r.left = true, int(r.h.Length)
	}
	n := min(r.left, len(b))
	chunk := b[:n]
	ws.Cipher(chunk, r.h.Mask, int(r.h.Length)-r.left)
	b, r.left = b[n:], r.left-n
	if r.h.OpCode.IsControl() {
		return r.control(chunk), b, nil
	}
	f, fail = r.data(chunk)
	return f, b, fail
}

// header completes r.h from b.
func (r *reader) header(b []byte) (rest []byte, minimal, more bool) {
	if r.nhead == 0 {
		var size int
		if r.h, size, minimal = parseHeader(b); size > 0 {
			return b[size:], minimal, false
		}
	}
	before := r.nhead
	r.nhead += copy(r.head[before:], b)
	h, size, minimal := parseHeader(r.head[:r.nhead])
	if size == 0 {
		return nil, true, true
	}
	r.h, r.nhead = h, 0
	return b[size-before:], minimal, false
}

// control collects a control frame, which is nearly always there as a whole.
func (r *reader) control(chunk []byte) frame {
	if r.left > 0 {
		r.ctl = append(r.ctl, chunk...)
		return frame{}
	}
	if len(r.ctl) > 0 {
		chunk = append(r.ctl, chunk...)
	}
	r.open, r.ctl = false, nil
	return frame{op: r.h.OpCode, payload: chunk}
}

// data collects a message over its frames. Text that is not UTF-8 fails at the first byte
// that makes it so, though more may be to come (RFC 6455, 8.1).
func (r *reader) data(chunk []byte) (f frame, fail *failure) {
	op := r.h.OpCode
	if r.op != 0 {
		op = r.op
	}
	if r.left > 0 || !r.h.Fin {
		r.open = r.left > 0
		if !r.open {
			r.op = op
		}
		r.grow(chunk)
		if op == ws.OpText {
			fail = r.checkText()
		}
		return f, fail
	}
	r.open = false
	payload := r.whole(chunk)
	if op == ws.OpText && !utf8.Valid(payload[r.checked:]) {
		return f, badText
	}
	r.op, r.msg, r.checked, r.pressed = 0, nil, 0, false
	return frame{op: op, payload: payload}, nil
}

// checkText looks at what has come of a text since the last time, but for a character at its
// end that may yet be completed.
func (r *reader) checkText() *failure {
	end := len(r.msg)
	for i := end - 1; i >= r.checked && i > end-utf8.UTFMax; i-- {
		if utf8.RuneStart(r.msg[i]) {
			if !utf8.FullRune(r.msg[i:]) {
				end = i
			}
			break
		}
	}
	if !utf8.Valid(r.msg[r.checked:end]) {
		return badText
	}
	r.checked = end
	return nil
}

// grow appends chunk to the message, doubling its memory but not beyond what the frame
// under way can still need.
func (r *reader) grow(chunk []byte) {
	need := len(r.msg) + len(chunk)
	if need > cap(r.msg) {
		grown := make([]byte, len(r.msg), min(2*need, need+r.left))
		copy(grown, r.msg)
		r.msg = grown
	}
	r.msg = append(r.msg, chunk...)
}

// whole returns the message with its last chunk, in memory of exactly its size.
func (r *reader) whole(chunk []byte) []byte {
	need := len(r.msg) + len(chunk)
	if len(r.msg) > 0 && cap(r.msg) == need {
		return append(r.msg, chunk...)
	}
	p := make([]byte, need)
	copy(p[copy(p, r.msg):], chunk)
	return p
}
