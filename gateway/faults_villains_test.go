package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// villain is somebody that a server must withstand. Each of its methods below is one visit; an
// error is something that the server has done wrong.
type villain struct {
	rng   *rand.Rand
	addr  string // of the gateway that the healthy use
	brisk string // of one with limits of a fraction of a second, and the same rooms
	serial
}

// serial makes names that nobody else has.
type serial struct {
	of string
	n  int
}

func (s *serial) name() string {
	s.n++
	return fmt.Sprint(s.of, " ", s.n)
}

// villainies are the visits, by name.
var villainies = map[string]func(*villain) error{
	"resets":            (*villain).resets,
	"resets in company": (*villain).resetsInCompany,
	"half-open":         (*villain).halfOpen,
	"trickles a head":   (*villain).tricklesHead,
	"trickles a frame":  (*villain).tricklesFrame,
	"stalls":            (*villain).stalls,
	"repeats":           (*villain).repeats,
	"panics a room":     (*villain).panicsRoom,
	"panics a dialect":  (*villain).panicsDialect,
	"breaks the rules":  (*villain).breaksRules,
	"floods":            (*villain).floods,
}

// resets: RST at any byte of the upgrade or of a message, in rooms where others do the same.
func (v *villain) resets() error {
	room := fmt.Sprint("reset ", v.rng.IntN(3))
	if v.rng.IntN(3) == 0 {
		nc, err := dialTCP(v.addr)
		if err != nil {
			return err
		}
		head := "GET /ws HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		_, err = nc.Write([]byte(head[:v.rng.IntN(len(head))]))
		(&raw{TCPConn: nc}).reset()
		return err
	}
	r, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	all := frameOf("join", "room", room, "profile", strings.Repeat("p", v.rng.IntN(4000)))
	for range v.rng.IntN(20) {
		all = append(all, frameOf("send", "room", room, "event", "e", "data", strings.Repeat("d", v.rng.IntN(3000)))...)
	}
	_, err = r.Write(all[:v.rng.IntN(len(all))])
	return err
}

// resetsInCompany comes to a room of the healthy, says something, and is cut off.
func (v *villain) resetsInCompany() error {
	r, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	m, err := r.join(company)
	if err != nil && m["code"] == "room_full" { // of those who were cut off before
		return nil
	}
	if err == nil {
		err = r.say("send", "room", company, "event", "noise", "data", strings.Repeat("n", v.rng.IntN(2000)))
	}
	if err == nil && v.rng.IntN(2) == 0 {
		err = r.say("leave", "room", company)
	}
	return err
}

// halfOpen: a peer that is gone without a word does not answer pings.
func (v *villain) halfOpen() error {
	r, err := dialRaw(v.brisk, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	r.mute = true
	if _, err := r.join(v.name()); err != nil {
		return err
	}
	return wantCode(r, 4408)
}

func wantCode(r *raw, want int) error {
	if code, err := r.end(); err != nil || code != want {
		return fmt.Errorf("closed with %d instead of %d: %w", code, want, err)
	}
	return nil
}

// trickles sends byte by byte until the server has had enough of it.
func (v *villain) trickles(r *raw, b []byte) {
	for i := range b {
		if _, err := r.Write(b[i : i+1]); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (v *villain) tricklesHead() error {
	nc, err := dialTCP(v.brisk)
	if err != nil {
		return err
	}
	r := &raw{TCPConn: nc}
	defer r.reset()
	go v.trickles(r, []byte("GET /ws HTTP/1.1\r\n"+strings.Repeat("X: y\r\n", 1000)))
	said, err := io.ReadAll(nc) // net/http says 400 first
	if e, ok := err.(net.Error); ok && e.Timeout() || strings.Contains(string(said), " 101 ") {
		return fmt.Errorf("half a request was answered %q, %w", said, err)
	}
	return nil
}

// tricklesFrame never comes to the end of its join.
func (v *villain) tricklesFrame() error {
	r, err := dialRaw(v.brisk, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	r.mute = true // a pong would be part of the frame
	go v.trickles(r, frameOf("join", "room", v.name(), "profile", strings.Repeat("p", 3000)))
	return wantCode(r, 4400)
}

// stalls never reads while somebody else pours into its room: it is closed as too slow, and
// the other hears of it.
func (v *villain) stalls() error {
	room := v.name()
	slow, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer slow.reset()
	if err := slow.SetReadBuffer(4096); err != nil {
		return err
	}
	if _, err := slow.join(room); err != nil {
		return err
	}
	pourer, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer pourer.reset()
	if _, err := pourer.join(room); err != nil {
		return err
	}
	const pours = 300
	for answered := 0; ; {
		if answered < pours {
			if err := pourer.say("send", "room", room, "event", "pour", "data", strings.Repeat("d", 32<<10), "id", answered+1); err != nil {
				return err
			}
		}
		for said := false; !said; { // to the answer, and then to the news
			m, err := pourer.next()
			if err != nil {
				return fmt.Errorf("after %d times 32 KiB the one who never reads is still there: %w", answered, err)
			}
			if m["change"] == "suspended" {
				return nil
			}
			said = m.Type() == "ok"
		}
		answered++
	}
}

// repeats sends each request again and again, over two sockets that take the membership from
// each other: all answers to one are the same.
func (v *villain) repeats() error {
	room := v.name()
	r, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	joined, err := r.join(room)
	if err != nil {
		r.reset()
		return err
	}
	answers := map[int]int64{}
	for id := 1; id <= 20; id++ {
		ids := []int{id, id, 1 + v.rng.IntN(id)}
		if id%7 == 0 {
			next, err := dialRaw(v.addr, "/ws")
			if err != nil {
				r.reset()
				return err
			}
			r, joined, err = v.takeOver(r, next, room, joined)
			if err != nil {
				r.reset()
				return err
			}
		}
		for _, id := range ids {
			if err := r.say("send", "room", room, "event", "again", "id", id); err != nil {
				r.reset()
				return err
			}
			m, err := r.expect("ok")
			if err != nil {
				r.reset()
				return err
			}
			if before, ok := answers[id]; ok && before != m.Seq() || m["id"] != int64(id) {
				r.reset()
				return fmt.Errorf("request %d was answered %d, then %v", id, before, m)
			}
			answers[id] = m.Seq()
		}
	}
	r.reset()
	return nil
}

// takeOver resumes on the second socket what the first still holds.
func (v *villain) takeOver(old, r *raw, room string, joined map[string]any) (*raw, map[string]any, error) {
	defer old.reset()
	self := joined["self"].(map[string]any)
	m, err := r.join(room, "resume", map[string]any{"member": self["member"], "key": self["key"], "epoch": joined["epoch"], "seq": joined["seq"]})
	if err != nil {
		return r, nil, err
	}
	if bye, err := old.expect("bye"); err != nil || bye["reason"] != "replaced" {
		return r, nil, fmt.Errorf("instead of bye, replaced: %v, %w", bye, err)
	}
	if m.Member() != self["member"] { // a leap of the clock may have emptied the history
		return r, nil, fmt.Errorf("somebody else came back: %v", m)
	}
	return r, m, nil
}

// panicsRoom makes a behaviour panic, whose members are told.
func (v *villain) panicsRoom() error {
	r, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	room := "panic " + v.name()
	if _, err := r.join(room); err != nil {
		return err
	}
	if err := r.say("send", "room", room, "event", "panic"); err != nil {
		return err
	}
	return wantCode(r, 1011)
}

// panicky is a dialect that panics at every message.
type panicky struct{ dialect.Session }

func (panicky) Name() string                              { return "panicky" }
func (panicky) Traits() dialect.Traits                    { return dialect.Traits{Roomless: true} }
func (panicky) Open(*dialect.Handshake) dialect.Session   { return panickySession{} }
func (panicky) Append(dst []byte, _ wire.Message) []byte  { return dst }
func (panickySession) Format() actors.Format              { return panicky{} }
func (panickySession) Open(*actors.Conn)                  {}
func (panickySession) Receive(*actors.Conn, bool, []byte) { panic("as it was told to") }

type panickySession struct{}

func (v *villain) panicsDialect() error {
	r, err := dialRaw(v.addr, "/panicky")
	if err != nil {
		return err
	}
	defer r.reset()
	if err := r.say("anything"); err != nil {
		return err
	}
	_, err = r.end()
	return err
}

// breaksRules sends what ends a connection, with the code for it.
func (v *villain) breaksRules() error {
	mask := func(f ws.Frame) []byte { return ws.MustCompileFrame(ws.MaskFrame(f)) }
	bad := []struct {
		bytes []byte
		code  int
	}{
		{ws.MustCompileFrame(ws.NewTextFrame([]byte("not masked"))), 1002},
		{mask(ws.NewFrame(ws.OpPing, true, make([]byte, 126))), 1002},
		{mask(ws.NewFrame(ws.OpContinuation, true, nil)), 1002},
		{[]byte("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xffmask"), 1002},
		{[]byte("\x82\xff\x00\x00\x00\x01\x00\x00\x00\x00mask"), 1009},
		{mask(ws.NewTextFrame([]byte("\xc0\xaf"))), 1007},
		{bytes.Repeat(mask(ws.NewTextFrame([]byte("{"))), 40), 1008},
		{append(mask(ws.NewFrame(ws.OpText, false, []byte(strings.Repeat(" ", 40<<10)))),
			mask(ws.NewFrame(ws.OpContinuation, false, []byte(strings.Repeat(" ", 40<<10))))...), 1009},
	}
	b := bad[v.rng.IntN(len(bad))]
	r, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	if _, err := r.Write(b.bytes); err != nil {
		return err
	}
	return wantCode(r, b.code)
}

// floods: pings that nobody waits for, then messages without end, of which the last is cut.
func (v *villain) floods() error {
	r, err := dialRaw(v.addr, "/ws")
	if err != nil {
		return err
	}
	defer r.reset()
	room := v.name()
	if _, err := r.join(room); err != nil {
		return err
	}
	pings := bytes.Repeat(ws.MustCompileFrame(ws.MaskFrame(ws.NewPingFrame(make([]byte, 125)))), 500)
	if _, err := r.Write(pings); err != nil {
		return err
	}
	sends := bytes.Repeat(frameOf("send", "room", room, "event", "e", "to", "nobody", "id", 1), 500)
	_, err = r.Write(sends[:len(sends)-1-v.rng.IntN(50)])
	return err
}
