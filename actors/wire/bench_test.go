package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	. "github.com/parley-signaling/parley/actors/wire"
)

// sendOf is a send of n bytes in JSON, with a string as its data.
func sendOf(n int) fields {
	m := fields{"type": "send", "id": 1234, "room": "room-17", "event": "chat", "to": "m4f7c2", "data": ""}
	b, _ := json.Marshal(m)
	m["data"] = strings.Repeat("x", n-len(b))
	return m
}

// anOffer is a send with a session description, whose every line ends in an escape.
func anOffer() fields {
	line := "a=rtpmap:96 VP8/90000 and some more of it\r\n"
	return fields{"type": "send", "id": 1234, "room": "room-17", "event": "offer", "to": "m4f7c2",
		"data": fields{"type": "offer", "sdp": strings.Repeat(line, 40)}}
}

func BenchmarkDecode(b *testing.B) {
	for _, m := range []struct {
		name string
		m    fields
	}{{"send256", sendOf(256)}, {"offer2k", anOffer()}} {
		for _, c := range codecs {
			frame := encode(b, c, m.m)
			b.Run(m.name+"/"+c.String(), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(frame)))
				var r Request
				for b.Loop() {
					if err := Decode(c, frame, &r); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkYardstick is the same work with the general libraries: into a struct whose payload
// stays raw. Neither checks the limits.
func BenchmarkYardstick(b *testing.B) {
	b.Run("encoding-json/send256", func(b *testing.B) {
		frame := encode(b, JSON, sendOf(256))
		b.ReportAllocs()
		b.SetBytes(int64(len(frame)))
		for b.Loop() {
			var m struct {
				Type, Room, Event, To string
				ID                    uint64
				Data                  json.RawMessage
			}
			if err := json.Unmarshal(frame, &m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("msgpack-v5/send256", func(b *testing.B) {
		frame := encode(b, Msgpack, sendOf(256))
		b.ReportAllocs()
		b.SetBytes(int64(len(frame)))
		dec := msgpack.NewDecoder(nil)
		in := bytes.NewReader(nil)
		for b.Loop() {
			var m struct {
				Type  string             `msgpack:"type"`
				Room  string             `msgpack:"room"`
				Event string             `msgpack:"event"`
				To    string             `msgpack:"to"`
				ID    uint64             `msgpack:"id"`
				Data  msgpack.RawMessage `msgpack:"data"`
			}
			in.Reset(frame)
			dec.Reset(in)
			if err := dec.Decode(&m); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json/encode-event", func(b *testing.B) {
		m := struct {
			Type  string          `json:"type"`
			Room  string          `json:"room"`
			Seq   uint64          `json:"seq"`
			From  string          `json:"from"`
			Event string          `json:"event"`
			Data  json.RawMessage `json:"data"`
		}{"event", "room-17", 4711, "m4f7c2", "chat", payload(b, JSON).Bytes}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(&m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func payload(b *testing.B, c Codec) Value {
	v, err := NewValue(c, strings.Repeat("x", 180))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func BenchmarkEncodeEvent(b *testing.B) {
	for _, c := range codecs {
		b.Run(c.String(), func(b *testing.B) {
			m := &Event{Room: "room-17", Seq: 4711, From: "m4f7c2", Event: "chat", Data: payload(b, c)}
			dst := make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				dst = m.AppendTo(dst[:0], c)
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}

func BenchmarkTranscodeOffer(b *testing.B) {
	for _, c := range codecs {
		b.Run("from-"+c.String(), func(b *testing.B) {
			v, err := NewValue(c, anOffer()["data"])
			if err != nil {
				b.Fatal(err)
			}
			dst := make([]byte, 0, 8192)
			b.SetBytes(int64(len(v.Bytes)))
			b.ReportAllocs()
			for b.Loop() {
				dst = v.Append(dst[:0], 1-c)
			}
		})
	}
}

func BenchmarkDecodeMessage(b *testing.B) {
	for _, c := range codecs {
		m := &Event{Room: "room-17", Seq: 4711, From: "m4f7c2", Event: "chat", Data: payload(b, c)}
		frame := m.AppendTo(nil, c)
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			for b.Loop() {
				if _, err := DecodeMessage(c, frame); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
