package dialect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

const (
	jsonCodec    = wire.JSON
	msgpackCodec = wire.Msgpack
)

// parley is the engine's own protocol, in one of its codecs.
type parley struct {
	name  string
	codec wire.Codec
}

func (p parley) Name() string        { return p.name }
func (p parley) Path() string        { return "/ws" }
func (p parley) Subprotocol() string { return "parley.v1." + p.codec.String() }
func (p parley) Binary() bool        { return p.codec == wire.Msgpack }
func (p parley) Answers() bool       { return true }
func (p parley) Echoes() bool        { return false }

func (p parley) AppendJoin(dst []byte, j Join) []byte {
	r := wire.Request{Kind: wire.KindJoin, ID: j.ID, Room: j.Room, Hidden: !j.Presence}
	if m := j.Resume; m != nil {
		r.Resume = &wire.Resume{Member: m.Member, Key: m.Key, Epoch: m.Epoch, Seq: m.Seq}
	}
	return wire.AppendRequest(dst, p.codec, &r)
}

func (p parley) AppendLeave(dst []byte, room string) []byte {
	return wire.AppendRequest(dst, p.codec, &wire.Request{Kind: wire.KindLeave, Room: room})
}

func (p parley) AppendPublish(dst []byte, pub Publish) []byte {
	r := wire.Request{Kind: wire.KindSend, ID: pub.ID, Room: pub.Room, Event: pub.Event}
	r.Data = p.value(pub.Value)
	return wire.AppendRequest(dst, p.codec, &r)
}

// value encodes v, which is the harness's own, hence valid.
func (p parley) value(v Value) wire.Value {
	b := make([]byte, 0, v.Size())
	if p.codec == wire.JSON {
		return wire.Value{Codec: wire.JSON, Bytes: v.AppendJSON(b)}
	}
	return wire.Value{Codec: wire.Msgpack, Bytes: v.appendMsgpack(b)}
}

func (p parley) Read(frame []byte) (Message, error) {
	m, err := wire.DecodeMessage(p.codec, frame)
	if err != nil {
		return Message{}, err
	}
	switch m := m.(type) {
	case *wire.Joined:
		return Message{Kind: Joined, ID: m.ID, Room: m.Room, Seq: m.Seq, Recovered: m.Recovered,
			Self: Membership{Member: own(m.Self.Member), Key: own(m.Self.Key), Epoch: own(m.Epoch), Seq: m.Seq}}, nil
	case *wire.OK:
		return Message{Kind: OK, ID: m.ID, Seq: m.Seq}, nil
	case *wire.Error:
		return Message{Kind: Failed, ID: m.ID, Room: m.Room, Text: string(m.Code) + ": " + m.Message}, nil
	case *wire.Bye:
		return Message{Kind: Bye, Room: m.Room, Text: m.Reason}, nil
	case *wire.MemberChange:
		return Message{Kind: Presence, Room: m.Room, Seq: m.Seq}, nil
	case *wire.RoomChange:
		return Message{Kind: Presence, Room: m.Room, Seq: m.Seq}, nil
	case *wire.Event:
		return Message{}, errors.New("an event without a stamp")
	}
	return Message{}, nil
}

// own copies what is kept: the message's strings alias the frame.
func own(s string) string { return strings.Clone(s) }

var (
	jsonSeq    = []byte(`"seq":`)
	msgpackSeq = []byte("\xa3seq")
)

// Seq scans for the field. No string that the harness sends, and no opaque one that the
// server makes, looks like it.
func (p parley) Seq(frame []byte) uint64 {
	name := jsonSeq
	if p.codec == wire.Msgpack {
		name = msgpackSeq
	}
	at := bytes.Index(frame, name)
	if at < 0 {
		return 0
	}
	if rest := frame[at+len(name):]; p.codec == wire.Msgpack {
		return msgpackUint(rest)
	} else {
		return jsonUint(rest)
	}
}

func jsonUint(b []byte) (n uint64) {
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// msgpackUint reads an unsigned integer of any width; 0: it is none.
func msgpackUint(b []byte) uint64 {
	switch {
	case len(b) >= 1 && b[0] < 0x80:
		return uint64(b[0])
	case len(b) >= 2 && b[0] == 0xcc:
		return uint64(b[1])
	case len(b) >= 3 && b[0] == 0xcd:
		return uint64(binary.BigEndian.Uint16(b[1:]))
	case len(b) >= 5 && b[0] == 0xce:
		return uint64(binary.BigEndian.Uint32(b[1:]))
	case len(b) >= 9 && (b[0] == 0xcf || b[0] == 0xd3):
		return binary.BigEndian.Uint64(b[1:])
	}
	return 0
}
