package gateway_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// witnesses are two members who must not notice what a third one does.
type witnesses struct {
	*roomtest.World
	a, b *roomtest.Peer
	n    int
}

func newWitnesses(t *testing.T, portable bool) *witnesses {
	tg := target(t, portable, 1, actors.Options{Linger: 30 * time.Second, RoomCapacity: 100})
	w := &witnesses{World: &roomtest.World{TB: t, Target: tg}}
	w.a, w.b = w.Peer(), w.Peer()
	w.a.Join("witnesses")
	w.b.Join("witnesses")
	w.a.Expect("member")
	w.Peer().Join("own", "presence", false) // holds the room of inRoom, and is its moderator
	return w
}

// relay proves that the two are well.
func (w *witnesses) relay() {
	w.Helper()
	w.n++
	w.a.Do("send", "room", "witnesses", "event", "relay", "data", w.n)
	w.b.Expect("event", "data", w.n)
}

// on is w with another test to fail.
func (w *witnesses) on(t *testing.T) *witnesses {
	c := *w
	c.World = &roomtest.World{TB: t, Target: w.Target}
	c.a, c.b = w.a.On(c.World), w.b.On(c.World)
	return &c
}

// inRoom opens a connection that is in a room, so that it may stay, and is told of nobody.
func (w *witnesses) inRoom(c wire.Codec) *roomtest.Peer {
	w.Helper()
	p := w.PeerOf(c)
	p.Join("own", "presence", false)
	return p
}

func eachCodec(t *testing.T, f func(t *testing.T, c wire.Codec)) {
	for _, c := range []wire.Codec{wire.JSON, wire.Msgpack} {
		t.Run(c.String(), func(t *testing.T) { f(t, c) })
	}
}

// field is one field of a request: a good value, and bad ones.
type field struct {
	name     string
	required bool
	good     any
	bad      []any
}

var (
	notText   = []any{true, 5, 1.5, []any{}, map[string]any{}}
	notBool   = []any{"true", 0, 1, []any{}, map[string]any{}}
	notMap    = []any{"x", 1, true, []any{}}
	notID     = []any{0, -1, 1.5, 1 << 53, "1", true, []any{}, map[string]any{}}
	notNumber = []any{-1, 1.5, 1 << 53, "1", true, []any{}, map[string]any{}}
)

func many(n int) []any { return slices.Repeat([]any{"m"}, n) }

func with(list []any, more ...any) []any { return append(slices.Clone(list), more...) }

func resume(change func(map[string]any)) map[string]any {
	m := map[string]any{"member": "m", "key": "k", "epoch": "e", "seq": 1}
	change(m)
	return m
}

func resumeField() field {
	f := field{name: "resume", good: resume(func(map[string]any) {}), bad: with(notMap)}
	for _, name := range []string{"member", "key", "epoch", "seq"} {
		f.bad = append(f.bad, resume(func(m map[string]any) { delete(m, name) }), resume(func(m map[string]any) { m[name] = nil }))
	}
	for _, v := range notText {
		f.bad = append(f.bad, resume(func(m map[string]any) { m["member"] = v }),
			resume(func(m map[string]any) { m["key"] = v }), resume(func(m map[string]any) { m["epoch"] = v }))
	}
	for _, v := range notNumber {
		f.bad = append(f.bad, resume(func(m map[string]any) { m["seq"] = v }))
	}
	return f
}

// requests are the protocol's messages, field by field.
func requests() map[string][]field {
	room := field{"room", true, "own", with(notText, "", strings.Repeat("r", 129), strings.Repeat("é", 65),
		"line\nbreak", "nul\x00", "del\x7f", "c1\u0085")}
	id := field{"id", false, 7, notID}
	return map[string][]field{
		"join": {{"room", true, "new", room.bad}, id,
			{"nonce", false, strings.Repeat("n", 16), with(notText, strings.Repeat("n", 15), strings.Repeat("n", 65))},
			{"presence", false, true, notBool}, {"token", false, "t", notText}, resumeField()},
		"send": {room, id, {"event", true, "e", with(notText, "", strings.Repeat("e", 65))},
			{"to", false, "m", []any{true, 5, map[string]any{}, []any{}, many(257), []any{1}, []any{"m", []any{}}}}},
		"update": {room, id, {"profile", true, 1, nil}},
		"leave":  {room, id, resumeField()},
		"kick":   {room, id, {"member", true, "m", notText}, {"reason", false, "r", notText}},
		"lock":   {room, id, {"locked", true, true, notBool}},
		"ping":   {id},
	}
}

func message(typ string, fields []field, but string, value any) map[string]any {
	m := map[string]any{"type": typ}
	for _, f := range fields {
		if f.required || f.name == "id" {
			m[f.name] = f.good
		}
	}
	if value == missing {
		delete(m, but)
	} else if but != "" {
		m[but] = value
	}
	return m
}

const missing = "\x00missing"

// TestBadFields: each field of each message, missing, null, of every wrong type, too long and
// out of range is bad_request, with the id where that can be read, and nobody suffers.
func TestBadFields(t *testing.T) {
	both(t, func(t *testing.T, portable bool) {
		w := newWitnesses(t, portable)
		eachCodec(t, func(t *testing.T, c wire.Codec) {
			w := w.on(t)
			x := w.inRoom(c)
			bad := func(m map[string]any, name string) {
				t.Helper()
				x.Frame(roomtest.Encode(c, m))
				got := x.Next()
				require.Equal(t, "error", got.Type(), "%v: %v", m, got)
				require.Equal(t, "bad_request", got["code"], "%v: %v", m, got)
				require.NotEmpty(t, got["message"])
				if name == "id" {
					require.NotContains(t, got, "id", "%v", m)
				} else {
					require.EqualValues(t, 7, got["id"], "%v: %v", m, got)
				}
				require.Contains(t, got["message"], name, "the message names the field: %v", m)
			}
			for typ, fields := range requests() {
				for _, f := range fields {
					if f.required {
						bad(message(typ, fields, f.name, missing), f.name)
						if f.name != "profile" {
							bad(message(typ, fields, f.name, nil), f.name)
						}
						wrong := message(typ, fields, f.name, missing)
						wrong[strings.ToUpper(f.name[:1])+f.name[1:]] = f.good
						bad(wrong, f.name) // names are case-sensitive
					}
					for _, v := range f.bad {
						bad(message(typ, fields, f.name, v), f.name)
					}
				}
				w.relay()
			}
			bad(map[string]any{"id": 7}, "type")
			for _, v := range append(with(notText), nil, "", "hello", "JOIN", "joined") {
				bad(map[string]any{"type": v, "id": 7, "room": "own"}, "type")
			}
			x.Quiet()
			w.relay()
		})
	})
}

// TestGoodFields: what looks odd and is right.
func TestGoodFields(t *testing.T) {
	eachCodec(t, func(t *testing.T, c wire.Codec) {
		w := newWitnesses(t, false)
		x := w.PeerOf(c)
		j := x.Join(strings.Repeat("é", 64), "nonce", nil, "presence", nil, "resume", nil, "token", nil, "id", nil, "extra", []any{})
		require.NotContains(t, j, "id")
		x.Join("mine", "nonce", strings.Repeat("n", 64), "id", int64(1<<53-1), "Presence", "of another name")
		x.Do("send", "room", "mine", "event", strings.Repeat("e", 64), "to", nil, "id", 1)
		x.Expect("ok", "id", 1)
		x.Do("send", "room", "mine", "event", "e", "to", many(256), "id", 2)
		x.Expect("error", "id", 2, "code", "no_such_member")
		x.Do("update", "room", "mine", "profile", nil, "id", 3)
		x.Expect("ok", "id", 3)
		x.Do("kick", "room", "mine", "member", "m", "reason", nil, "id", 4)
		x.Expect("error", "id", 4, "code", "no_such_member")
		x.Do("ping", "id", nil, "room", 5)
		x.Expect("pong", "id", roomtest.Absent)
		w.relay()
	})
}

// TestProfileLimit: 4 KiB as encoded, in a join and in an update; more is too_large.
func TestProfileLimit(t *testing.T) {
	eachCodec(t, func(t *testing.T, c wire.Codec) {
		w := newWitnesses(t, false)
		x := w.PeerOf(c)
		overhead := len(roomtest.EncodeValue(c, strings.Repeat("p", 4000))) - 4000
		fits, not := strings.Repeat("p", 4096-overhead), strings.Repeat("p", 4097-overhead)
		x.Do("join", "room", "mine", "profile", not, "id", 1)
		x.Expect("error", "id", 1, "code", "too_large")
		x.Join("mine", "profile", fits)
		x.Do("update", "room", "mine", "profile", not, "id", 2)
		x.Expect("error", "id", 2, "code", "too_large")
		x.Do("update", "room", "mine", "profile", fits, "id", 3)
		x.Expect("ok", "id", 3)
		w.relay()
	})
}

// TestDepth: a message may be nested 32 deep, its own map included.
func TestDepth(t *testing.T) {
	nested := func(c wire.Codec, depth int) []byte { // the id comes first
		in := depth - 1
		if c == wire.JSON {
			return []byte(`{"id":7,"type":"send","room":"own","event":"e","data":` +
				strings.Repeat("[", in) + strings.Repeat("]", in) + `}`)
		}
		b := append([]byte{0x85}, "\xa2id\x07\xa4type\xa4send\xa4room\xa3own\xa5event\xa1e\xa4data"...)
		b = append(b, strings.Repeat("\x91", in-1)...)
		return append(b, 0x90)
	}
	eachCodec(t, func(t *testing.T, c wire.Codec) {
		w := newWitnesses(t, false)
		x := w.inRoom(c)
		x.Frame(nested(c, 32))
		x.Expect("ok", "id", 7)
		for _, depth := range []int{33, 34, 1000, 10_000, 30_000} {
			x.Frame(nested(c, depth))
			m := x.Expect("error", "code", "bad_request")
			if id, ok := m["id"]; ok {
				require.EqualValues(t, 7, id)
			}
			x.Quiet()
		}
		w.relay()
	})
}

// TestBadFrames: what is not one map is bad_frame, and the connection lives on.
func TestBadFrames(t *testing.T) {
	frames := map[wire.Codec][]string{
		wire.JSON: {``, ` `, `null`, `true`, `1`, `"x"`, `[]`, `[{"type":"ping"}]`, `{`, `}`, `{"type":"ping"`, `{"type":"ping"}}`,
			`{"type":"ping"}{"type":"ping"}`, `{"type":"ping"} x`, `{"type":"ping",}`, `{type:"ping"}`, `{'type':'ping'}`,
			`{"type":"ping","id":01}`, `{"type":"ping","x":NaN}`, `{"type":"ping","x":.5}`, `{"type":"ping","x":1.}`,
			`{"type":"ping","x":"` + "\n" + `"}`, `{"type":"ping","x":"\x"}`, `{"type":"ping","x":"\u12"}`, `{"type":"ping"/**/}`,
			"\ufeff" + `{"type":"ping"}`, `{"type" "ping"}`, `{"type":"ping" "id":1}`, `{1:2}`, "\x00", strings.Repeat("[", 20000),
			strings.Repeat(`{"a":`, 10000)},
		wire.Msgpack: {"", "\xc0", "\xc3", "\x01", "\xa1x", "\x90", "\x91\x81\xa4type\xa4ping", "\xc1", "\x81", "\x81\xa4type",
			"\x81\xa4type\xa4pin", "\x81\xa4type\xa4ping\x00", "\x81\xa4type\xa4ping\x81\xa4type\xa4ping",
			"\xdf\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff\xa4type\xa4ping", "\xde\xff\xff", "\xdf\x00", "\x82\xa4type\xa4ping\xa1x\xc1",
			"\x82\xa4type\xa4ping\xa1x\xdb\xff\xff\xff\xff", "\x82\xa4type\xa4ping\xa1x\xdd\xff\xff\xff\xff",
			"\x82\xa4type\xa4ping\xa1x\xdf\xff\xff\xff\xff", "\x82\xa4type\xa4ping\xa1x\xc6\xff\xff\xff\xff",
			"\x82\xa4type\xa4ping\xa1x\xc9\xff\xff\xff\xff\x01", "\x82\xa4type\xa4ping\xa1x\xdc\xff\xff", "\x82\xa4type\xa4ping\xa1x\xd9\xff",
			strings.Repeat("\x91", 30000), strings.Repeat("\x81\xa1a", 10000), strings.Repeat("\xdd\xff\xff\xff\xff", 1000)},
	}
	both(t, func(t *testing.T, portable bool) {
		w := newWitnesses(t, portable)
		eachCodec(t, func(t *testing.T, c wire.Codec) {
			w := w.on(t)
			for i, f := range frames[c] {
				x := w.inRoom(c)
				x.Frame([]byte(f))
				got := x.Next()
				require.Equal(t, "error", got.Type(), "%d %.40q: %v", i, f, got)
				want := []any{"bad_frame"}
				if len(f) > 1000 { // deep as well as broken
					want = append(want, "bad_request")
				}
				require.Contains(t, want, got["code"], "%d %.40q: %v", i, f, got)
				require.NotContains(t, got, "room")
				require.NotEmpty(t, got["message"])
				x.Quiet()
				x.CloseClean()
			}
			w.relay()
		})
	})
}

// TestOddFrames: what only looks broken.
func TestOddFrames(t *testing.T) {
	w := newWitnesses(t, false)
	x := w.inRoom(wire.JSON)
	for _, f := range []string{" \t\r\n{\"type\":\"ping\"}\n ", `{"type":"ping","id":null}`, `{"x":{"type":"join"},"type":"ping"}`,
		`{"\u0074ype":"\u0070ing"}`, `{"type":"ping","x":1e400}`, `{"type":"ping","x":"\ud83d\ude00"}`} {
		x.Frame([]byte(f))
		require.Equal(t, "pong", x.Next().Type(), f)
	}
	y := w.inRoom(wire.Msgpack)
	for _, f := range []string{"\x81\xd9\x04type\xdb\x00\x00\x00\x04ping", "\xde\x00\x01\xa4type\xa4ping", "\xdf\x00\x00\x00\x01\xa4type\xa4ping",
		"\x82\xa4type\xa4ping\xa1x\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"} {
		y.Frame([]byte(f))
		require.Equal(t, "pong", y.Next().Type(), "%q", f)
	}
	// What the protocol does not say is answered somehow, and harms nobody.
	for _, f := range []string{`{"type":"ping","type":"ping"}`, `{"type":"ping","id":1,"id":2}`, `{"type":"send","room":"own","event":"\ud800","id":5}`,
		`{"type":"ping","id":1.0}`, `{"type":"ping","id":1e0}`, `{"type":"ping","id":1}`} {
		x.Frame([]byte(f))
		require.Contains(t, []string{"pong", "error", "ok"}, x.Next().Type(), f)
	}
	x.Quiet()
	w.relay()
}

// TestForeignMsgpack: what JSON cannot carry is bad_request.
func TestForeignMsgpack(t *testing.T) {
	w := newWitnesses(t, false)
	x := w.inRoom(wire.Msgpack)
	for _, v := range []string{"\xd4\x01\x00", "\xd6\xff\x00\x00\x00\x00", "\xc7\x03\x01abc", "\xc7\x00\x01", // ext
		"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "\xca\x7f\xc0\x00\x00", // NaN
		"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "\xca\xff\x80\x00\x00", // Inf
		"\x81\x01\x02", "\x81\xc0\x02", "\x81\xc4\x01a\x02", "\x91\x81\x90\x02"} { // keys that are no strings
		for _, in := range []string{"\x85\xa2id\x07\xa4type\xa4send\xa4room\xa3own\xa5event\xa1e\xa4data", "\x84\xa2id\x07\xa4type\xa6update\xa4room\xa3own\xa7profile"} {
			x.Frame([]byte(in + v))
			got := x.Next()
			require.Equal(t, "bad_request", got["code"], "%q: %v", v, got)
			require.EqualValues(t, 7, got["id"], "%q: %v", v, got)
		}
	}
	x.Frame([]byte("\x82\x01\x02\xa4type\xa4ping"))
	require.Contains(t, []any{"bad_request", "bad_frame"}, x.Next()["code"])
	x.Quiet()
	w.relay()
}
