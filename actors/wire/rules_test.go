package wire_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	. "github.com/parley-signaling/parley/actors/wire"
)

type fields = map[string]any

var codecs = []Codec{JSON, Msgpack}

// encode writes v with the codecs' reference libraries.
func encode(t testing.TB, c Codec, v any) []byte {
	t.Helper()
	var b []byte
	var err error
	if c == JSON {
		b, err = json.Marshal(v)
	} else {
		b, err = msgpack.Marshal(v)
	}
	require.NoError(t, err)
	return b
}

// nested is a list n levels deep.
func nested(n int) any {
	var v any
	for range n {
		v = []any{v}
	}
	return v
}

func with(base fields, more ...any) fields {
	m := fields{}
	for k, v := range base {
		m[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		if more[i+1] == absent {
			delete(m, more[i].(string))
		} else {
			m[more[i].(string)] = more[i+1]
		}
	}
	return m
}

type none struct{}

var absent = none{}

var (
	aSend   = fields{"type": "send", "id": 7, "room": "r", "event": "e", "to": "m", "data": 1}
	aJoin   = fields{"type": "join", "id": 7, "room": "r"}
	aResume = fields{"member": "m", "key": "k", "epoch": "e", "seq": 3}
	anUp    = fields{"type": "update", "id": 7, "room": "r", "profile": 1}
	aLeave  = fields{"type": "leave", "id": 7, "room": "r"}
	aKick   = fields{"type": "kick", "id": 7, "room": "r", "member": "m"}
	aLock   = fields{"type": "lock", "id": 7, "room": "r", "locked": true}
	aPing   = fields{"type": "ping", "id": 7}
)

func repeat(n int) []string { return strings.Split(strings.Repeat("m,", n-1)+"m", ",") }

// TestBadRequests: every field missing, of the wrong type and out of range. The answer has
// the id and the room where they can be read.
func TestBadRequests(t *testing.T) {
	cases := []struct {
		name string
		m    fields
		want string // the beginning of the error's message
	}{
		{"type missing", with(aSend, "type", absent), "type: missing"},
		{"type null", with(aSend, "type", nil), "type: missing"},
		{"type number", with(aSend, "type", 1), "type: not a string"},
		{"type unknown", with(aSend, "type", "nope"), `type: "nope" is unknown`},
		{"type publish", with(aSend, "type", "publish"), `type: "publish" is unknown`},
		{"type empty", with(aSend, "type", ""), `type: "" is unknown`},
		{"type in capitals", with(aSend, "type", "Send"), `type: "Send" is unknown`},
		{"type long", with(aSend, "type", strings.Repeat("x", 1000)), `type: unknown`},

		{"event missing", with(aSend, "event", absent), "event: missing"},
		{"event null", with(aSend, "event", nil), "event: missing"},
		{"event in capitals", with(aSend, "event", absent, "Event", "e"), "event: missing"},
		{"event number", with(aSend, "event", 1), "event: not a string"},
		{"event list", with(aSend, "event", []string{"e"}), "event: not a string"},
		{"event empty", with(aSend, "event", ""), "event: 0 bytes, at least 1"},
		{"event long", with(aSend, "event", strings.Repeat("x", 70)), "event: 70 bytes, at most 64"},
		{"event long in bytes", with(aSend, "event", strings.Repeat("ü", 33)), "event: 66 bytes, at most 64"},
		{"to number", with(aSend, "to", 1), "to: neither a string nor a list"},
		{"to map", with(aSend, "to", fields{"a": "b"}), "to: neither a string nor a list"},
		{"to empty", with(aSend, "to", []string{}), "to: 0 members, must be 1 to 256"},
		{"to 257", with(aSend, "to", repeat(257)), "to: 257 members, must be 1 to 256"},
		{"to a number in a list", with(aSend, "to", []any{"a", 1}), "to: not a string"},
		{"to null in a list", with(aSend, "to", []any{nil}), "to: not a string"},
		{"to long", with(aSend, "to", strings.Repeat("x", 65)), "to: 65 bytes, at most 64"},
		{"data deep", with(aSend, "data", nested(32)), "nesting"},
		{"unknown field deep", with(aSend, "zzz", nested(32)), "nesting"},
		{"unknown field very deep", with(aSend, "zzz", nested(200)), "nesting"},

		{"nonce number", with(aJoin, "nonce", 1), "nonce: not a string"},
		{"nonce empty", with(aJoin, "nonce", ""), "nonce: 0 characters, must be 16 to 64"},
		{"nonce short", with(aJoin, "nonce", strings.Repeat("x", 15)), "nonce: 15 characters, must be 16 to 64"},
		{"nonce long", with(aJoin, "nonce", strings.Repeat("x", 65)), "nonce: 65 characters, must be 16 to 64"},
		{"presence string", with(aJoin, "presence", "false"), "presence: not a boolean"},
		{"presence number", with(aJoin, "presence", 0), "presence: not a boolean"},
		{"token number", with(aJoin, "token", 1), "token: not a string"},
		{"token long", with(aJoin, "token", strings.Repeat("x", MaxToken+1)), "token: 8193 bytes, at most 8192"},
		{"resume string", with(aJoin, "resume", "m"), "resume: not a map"},
		{"resume list", with(aJoin, "resume", []any{"m"}), "resume: not a map"},
		{"resume empty", with(aJoin, "resume", fields{}), "resume.member: missing"},
		{"resume without member", with(aJoin, "resume", with(aResume, "member", absent)), "resume.member: missing"},
		{"resume without key", with(aJoin, "resume", with(aResume, "key", nil)), "resume.key: missing"},
		{"resume without epoch", with(aJoin, "resume", with(aResume, "epoch", absent)), "resume.epoch: missing"},
		{"resume without seq", with(aJoin, "resume", with(aResume, "seq", absent)), "resume.seq: missing"},
		{"resume member number", with(aJoin, "resume", with(aResume, "member", 1)), "resume.member: not a string"},
		{"resume key long", with(aJoin, "resume", with(aResume, "key", strings.Repeat("k", 65))), "resume.key: 65 bytes, at most 64"},
		{"resume seq string", with(aJoin, "resume", with(aResume, "seq", "3")), "resume.seq: not an integer"},
		{"resume seq negative", with(aJoin, "resume", with(aResume, "seq", -1)), "resume.seq: not an integer"},
		{"resume seq fraction", with(aJoin, "resume", with(aResume, "seq", 1.5)), "resume.seq: not an integer"},
		{"resume seq large", with(aJoin, "resume", with(aResume, "seq", uint64(1)<<53)), "resume.seq: not an integer"},

		{"profile missing", with(anUp, "profile", absent), "profile: missing"},
		{"leave with resume of the wrong type", with(aLeave, "resume", true), "resume: not a map"},
		{"member missing", with(aKick, "member", absent), "member: missing"},
		{"member null", with(aKick, "member", nil), "member: missing"},
		{"member number", with(aKick, "member", 1), "member: not a string"},
		{"member long", with(aKick, "member", strings.Repeat("x", 65)), "member: 65 bytes, at most 64"},
		{"reason number", with(aKick, "reason", 1), "reason: not a string"},
		{"reason long", with(aKick, "reason", strings.Repeat("x", 257)), "reason: 257 bytes, at most 256"},
		{"locked missing", with(aLock, "locked", absent), "locked: missing"},
		{"locked null", with(aLock, "locked", nil), "locked: missing"},
		{"locked number", with(aLock, "locked", 1), "locked: not a boolean"},
	}
	for _, c := range cases {
		for _, codec := range codecs {
			t.Run(c.name+"/"+codec.String(), func(t *testing.T) {
				e := refused(t, codec, encode(t, codec, c.m))
				require.Equal(t, BadRequest, e.Code, e.Message)
				require.True(t, strings.HasPrefix(e.Message, c.want), e.Message)
				require.EqualValues(t, 7, e.ID)
				require.Equal(t, "r", e.Room)
			})
		}
	}
}

// refused decodes what must be refused.
func refused(t testing.TB, c Codec, frame []byte) *Error {
	t.Helper()
	r := Request{Kind: KindKick, Room: "old"}
	err := Decode(c, frame, &r)
	require.Error(t, err, "%v", r)
	require.Equal(t, Request{}, r, "nothing of a refused request is left")
	e, ok := err.(*Error)
	require.True(t, ok)
	require.NotEmpty(t, e.Message)
	require.Contains(t, e.Error(), string(e.Code))
	return e
}

func TestBadIDs(t *testing.T) {
	for _, id := range []any{0, -1, 1.5, "7", true, []int{7}, uint64(1) << 53, 1e300, int64(math.MinInt64),
		uint64(math.MaxUint64), fields{}} {
		for _, c := range codecs {
			for _, base := range []fields{aSend, aPing} {
				e := refused(t, c, encode(t, c, with(base, "id", id)))
				require.Equal(t, BadRequest, e.Code)
				require.Equal(t, "id: not an integer from 1 to 9007199254740991", e.Message)
				require.Zero(t, e.ID)
			}
		}
	}
}

func TestGoodIDs(t *testing.T) {
	for text, want := range map[string]uint64{
		"1": 1, "1.0": 1, "1e3": 1000, "1E+3": 1000, "25e-1": 0, "250e-1": 25, "1.50e1": 15, "0": 0,
		"-0": 0, "-1": 0, "9007199254740991": MaxInt, "9007199254740992": 0, "9.007199254740991e15": MaxInt,
		"9007199254740991.0": MaxInt, "1e999": 0, "1e-999": 0, "99999999999999999999": 0,
		"1.00000000000000000000000001": 1, // what JavaScript reads, too
	} {
		var r Request
		err := Decode(JSON, []byte(`{"type":"ping","id":`+text+`}`), &r)
		require.Equal(t, want != 0, err == nil, "%s: %v", text, err)
		require.Equal(t, want, r.ID, text)
	}
	for _, id := range []any{int8(9), int16(9), int32(9), int64(9), uint8(9), uint16(9), uint32(9),
		uint64(9), float32(9), float64(9)} {
		var r Request
		require.NoError(t, Decode(Msgpack, encode(t, Msgpack, with(aPing, "id", id)), &r), "%T", id)
		require.EqualValues(t, 9, r.ID)
	}
	for _, c := range codecs {
		for _, id := range []any{nil, absent} {
			var r Request
			require.NoError(t, Decode(c, encode(t, c, with(aPing, "id", id)), &r))
			require.Zero(t, r.ID)
		}
	}
}

func TestRooms(t *testing.T) {
	good := []string{"r", " ", "räum", strings.Repeat("x", 128), strings.Repeat("ü", 64), "🎥", "a/b:c", "\u00a0", "\ufffd", "\u2028"}
	bad := map[string]string{
		"":                       "room: 0 bytes, at least 1",
		strings.Repeat("x", 129): "room: 129 bytes, at most 128",
		strings.Repeat("ü", 65):  "room: 130 bytes, at most 128",
		"a\nb":                   "room: a control character",
		"\x00":                   "room: a control character",
		"\x1f":                   "room: a control character",
		"\x7f":                   "room: a control character",
		"\u0080":                 "room: a control character",
		"x\u009f":                "room: a control character",
	}
	all := []fields{aSend, aJoin, anUp, aLeave, aKick, aLock}
	for _, c := range codecs {
		for _, base := range all {
			for _, room := range good {
				var r Request
				require.NoError(t, Decode(c, encode(t, c, with(base, "room", room)), &r), "%q", room)
				require.Equal(t, room, r.Room)
			}
			for room, want := range bad {
				e := refused(t, c, encode(t, c, with(base, "room", room)))
				require.Equal(t, BadRequest, e.Code)
				require.True(t, strings.HasPrefix(e.Message, want), e.Message)
				require.EqualValues(t, 7, e.ID)
				require.Empty(t, e.Room)
			}
			for _, room := range []any{absent, nil} {
				e := refused(t, c, encode(t, c, with(base, "room", room)))
				require.Equal(t, "room: missing", e.Message)
			}
			e := refused(t, c, encode(t, c, with(base, "room", 5)))
			require.Equal(t, "room: not a string", e.Message)
		}
	}
}

// TestBounds: the longest that is allowed is accepted, and an optional null is absent.
func TestBounds(t *testing.T) {
	good := []fields{
		with(aSend, "event", strings.Repeat("x", 64), "to", repeat(256)),
		with(aSend, "to", strings.Repeat("x", 64)),
		with(aSend, "to", nil),
		with(aSend, "to", ""), // no member has this id, but a string it is
		with(aSend, "data", nested(31)),
		with(aSend, "zzz", nested(31), "yyy", fields{"a": nil}),
		with(aJoin, "nonce", strings.Repeat("x", 16)),
		with(aJoin, "nonce", strings.Repeat("ü", 64)),
		with(aJoin, "nonce", nil, "presence", nil, "token", nil, "resume", nil, "profile", nil),
		with(aJoin, "token", strings.Repeat("x", MaxToken), "presence", true),
		with(aJoin, "resume", with(aResume, "seq", uint64(MaxInt), "zzz", []any{1})),
		with(aJoin, "resume", with(aResume, "seq", 0)),
		with(aJoin, "event", 5, "to", false, "locked", "x"), // fields of other kinds
		with(aPing, "room", 5),
		with(aLeave, "resume", nil),
		with(aKick, "reason", strings.Repeat("x", 256)),
		with(aKick, "reason", nil),
		with(anUp, "profile", nil),
	}
	for _, m := range good {
		for _, c := range codecs {
			var r Request
			require.NoError(t, Decode(c, encode(t, c, m), &r), "%v", m)
			require.EqualValues(t, 7, r.ID)
		}
	}
}

func TestNullIsAValueOfDataAndProfile(t *testing.T) {
	for _, c := range codecs {
		var r Request
		require.NoError(t, Decode(c, encode(t, c, with(aSend, "data", nil)), &r))
		require.Equal(t, encode(t, c, nil), r.Data.Bytes)
		require.NoError(t, Decode(c, encode(t, c, with(aSend, "data", absent)), &r))
		require.True(t, r.Data.IsAbsent())
		require.NoError(t, Decode(c, encode(t, c, with(aJoin, "profile", nil)), &r))
		require.False(t, r.Profile.IsAbsent())
		require.NoError(t, Decode(c, encode(t, c, aJoin), &r))
		require.True(t, r.Profile.IsAbsent())
	}
}

func TestProfileLimit(t *testing.T) {
	heads := map[Codec]int{JSON: 2, Msgpack: 3} // what a string of that length has beside its text
	for _, c := range codecs {
		for _, base := range []fields{aJoin, anUp} {
			var r Request
			fits := strings.Repeat("x", MaxProfile-heads[c])
			require.NoError(t, Decode(c, encode(t, c, with(base, "profile", fits)), &r))
			require.Len(t, r.Profile.Bytes, MaxProfile)
			e := refused(t, c, encode(t, c, with(base, "profile", fits+"x")))
			require.Equal(t, &Error{ID: 7, Room: "r", Code: TooLarge,
				Message: "profile: 4097 bytes, at most 4096"}, e)
		}
		var r Request
		big := strings.Repeat("x", 60000)
		require.NoError(t, Decode(c, encode(t, c, with(aSend, "profile", big)), &r), "send has no profile")
	}
}

func TestMessageLimit(t *testing.T) {
	for _, c := range codecs {
		m := with(aSend, "data", "")
		room := MaxMessage - len(encode(t, c, m))
		if c == Msgpack {
			room -= 2 // str16 instead of fixstr
		}
		frame := encode(t, c, with(m, "data", strings.Repeat("x", room)))
		require.Len(t, frame, MaxMessage)
		var r Request
		require.NoError(t, Decode(c, frame, &r))
		e := refused(t, c, encode(t, c, with(m, "data", strings.Repeat("x", room+1))))
		require.Equal(t, &Error{Code: BadFrame, Message: "message: 65537 bytes, at most 65536"}, e)
	}
}

// TestRequestAliasesFrame: strings and values are parts of the frame, and bounded ones.
func TestRequestAliasesFrame(t *testing.T) {
	for _, c := range codecs {
		frame := encode(t, c, aSend)
		var r Request
		require.NoError(t, Decode(c, frame, &r))
		require.Equal(t, len(r.Data.Bytes), cap(r.Data.Bytes), "appending must not reach into the frame")
		for i := range frame {
			frame[i] = 'z'
		}
		require.Equal(t, "z", r.Event)
	}
}
