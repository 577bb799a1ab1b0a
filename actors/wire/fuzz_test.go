package wire_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"github.com/vmihailenco/msgpack/v5"

	. "github.com/parley-signaling/parley/actors/wire"
)

// jsonDepth is how deep text, which is JSON, nests.
func jsonDepth(text []byte) (deepest int) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for depth := 0; ; {
		tok, err := dec.Token()
		if err != nil {
			return deepest
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// tooDeepForOracle: encoding/json gives up at 10,000 levels.
func tooDeepForOracle(text []byte) bool {
	return bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > 9000
}

// codeOf is "" for no error.
func codeOf(err error) Code {
	if err == nil {
		return ""
	}
	return err.(*Error).Code
}

// checkRequest: what Decode makes of frame survives being written and read again.
func checkRequest(t *testing.T, c Codec, frame []byte) {
	var r Request
	if Decode(c, frame, &r) != nil {
		require.Equal(t, Request{}, r)
		return
	}
	require.NotZero(t, r.Kind)
	again := AppendRequest(nil, c, &r)
	if len(again) > MaxMessage { // longer by its escapes
		return
	}
	var back Request
	require.NoError(t, Decode(c, again, &back), "%s", again)
	require.Equal(t, len(frame), r.Size)
	require.Equal(t, len(again), back.Size)
	back.Size = r.Size
	require.Equal(t, r, back)
	require.True(t, json.Valid(AppendRequest(nil, JSON, &r)))
	requireMsgpack(t, AppendRequest(nil, Msgpack, &r))
}

// checkMessage: what DecodeMessage makes of frame survives being written and read again, in
// both codecs.
func checkMessage(t *testing.T, c Codec, frame []byte) {
	m, err := DecodeMessage(c, frame)
	if err != nil {
		require.Nil(t, m)
		return
	}
	checkEncodings(t, m)
}

func checkEncodings(t *testing.T, m Message) {
	text := m.AppendTo(nil, JSON)
	require.True(t, json.Valid(text), "%s", text)
	require.True(t, utf8.Valid(text))
	packed := m.AppendTo(nil, Msgpack)
	require.Equal(t, normal(t, jsonAny(t, text)), normal(t, requireMsgpack(t, packed)), "both codecs say the same")
	for c, frame := range map[Codec][]byte{JSON: text, Msgpack: packed} {
		back, err := DecodeMessage(c, frame)
		require.NoError(t, err, "%q", frame)
		require.Equal(t, frame, back.AppendTo(nil, c))
	}
}

func jsonAny(t *testing.T, text []byte) (v any) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // a number beyond float64 is an error otherwise
	require.NoError(t, dec.Decode(&v), "%s", text)
	return v
}

// requireMsgpack decodes b, all of it, with the project's msgpack library.
func requireMsgpack(t *testing.T, b []byte) any {
	in := bytes.NewReader(b)
	dec := msgpack.NewDecoder(in)
	v, err := dec.DecodeInterface()
	require.NoError(t, err, "%q", b)
	require.Zero(t, in.Len(), "bytes are left")
	return v
}

// normal brings what the two libraries decode to the same types: numbers to float64 (where
// infinite, to the largest), bin to base64.
func normal(t *testing.T, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = normal(t, v[k])
		}
		return v
	case []any:
		for i := range v {
			v[i] = normal(t, v[i])
		}
		return v
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			f = math.Copysign(math.MaxFloat64, f)
		}
		return f
	case int8:
		return float64(v)
	case int16:
		return float64(v)
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case uint8:
		return float64(v)
	case uint16:
		return float64(v)
	case uint32:
		return float64(v)
	case uint64:
		return float64(v)
	case float32:
		return float64(v)
	case nil, bool, string, float64:
		return v
	}
	t.Fatalf("%T", v)
	return nil
}

func seedFrames(f *testing.F, c Codec) {
	for _, r := range requests {
		f.Add(AppendRequest(nil, c, &r.want))
	}
	for _, m := range messages {
		f.Add(m.m.AppendTo(nil, c))
	}
}

func FuzzDecodeJSON(f *testing.F) {
	seedFrames(f, JSON)
	for _, s := range []string{"", "{", "null", `{"a":"\ud83c\udfa5\u0000"}`, `{"id":1.5e1,"x":[-0,0.1E-2]}`, "{\"a\":\"\xff\"}",
		`{"x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, `{"a":` + strings.Repeat(`{"b":`, 40) + `1` + strings.Repeat("}", 41)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		checkRequest(t, JSON, frame)
		checkMessage(t, JSON, frame)
		if tooDeepForOracle(frame) {
			return
		}
		valid := utf8.Valid(frame) && json.Valid(frame)
		deep := valid && jsonDepth(frame) > MaxDepth
		isMap := valid && bytes.TrimLeft(frame, " \t\r\n")[0] == '{'
		code := codeOf(Decode(JSON, frame, new(Request)))
		require.Equal(t, !isMap || len(frame) > MaxMessage, code == BadFrame, code)
		if deep && isMap && len(frame) <= MaxMessage {
			require.Equal(t, BadRequest, code)
		}
		_, err := ParseValue(JSON, frame)
		require.Equal(t, !valid, codeOf(err) == BadFrame, err)
		require.Equal(t, valid && jsonDepth(frame) > MaxDepth-1, codeOf(err) == BadRequest, err)
	})
}

func FuzzDecodeMsgpack(f *testing.F) {
	seedFrames(f, Msgpack)
	for _, s := range []string{"", "\x80", "\xc1", "\xdf\xff\xff\xff\xff", "\x81\xa1x\xd6\xff\x00\x00\x00\x00", "\x81\x01\x02", "\x81\xa1x\xc7\x03\x01abc",
		"\x81\xa1x\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "\x81\xa1x\xca\x3f\x80\x00\x00", "\x81\xa1x\xa1\xff", "\x81\xa1x\xc4\x02ab",
		"\x81\xa1x" + strings.Repeat("\x91", 40) + "\x01", "\x81\xa1x" + strings.Repeat("\x81\xa1y", 40) + "\x01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		checkRequest(t, Msgpack, frame)
		checkMessage(t, Msgpack, frame)
		in := bytes.NewReader(frame)
		wellFormed := msgpack.NewDecoder(in).Skip() == nil && in.Len() == 0
		v, err := ParseValue(Msgpack, frame)
		require.Equal(t, !wellFormed, codeOf(err) == BadFrame, "%v", err)
		if err == nil {
			requireMsgpack(t, v.Bytes)
		}
		code := codeOf(Decode(Msgpack, frame, new(Request)))
		if !wellFormed {
			require.Equal(t, BadFrame, code)
		}
	})
}

// FuzzTranscode: a valid value says the same in the other codec, and there and back again.
func FuzzTranscode(f *testing.F) {
	for _, s := range []string{"1", "-0", "1e999", "1.5", `"\ud800\u0041"`, `{"a":[1,2,{"b":null}],"c":"\n"}`, "123456789012345678901234567890",
		"[0" + strings.Repeat(",0", 40) + "]", "\xc4\x02\xff\xfe", "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", "\xca\x3d\xcc\xcc\xcd", "\xd3\x80\x00\x00\x00\x00\x00\x00\x00",
		"\x82\xa1a\x01\xa1b\x93\x01\xc0\xc3", "\xda\x00\x03\x00\"\\", "-9223372036854775809", "18446744073709551616", "5e-324"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, c := range codecs {
			v, err := ParseValue(c, b)
			if err != nil {
				continue
			}
			other := v.Append(nil, 1-c)
			w, err := ParseValue(1-c, other)
			require.NoError(t, err, "%q", other)
			require.Equal(t, meaning(t, v), meaning(t, w), "%q", other)
			back, err := ParseValue(c, w.Append(nil, c))
			require.NoError(t, err)
			require.Equal(t, meaning(t, v), meaning(t, back), "%q", back.Bytes)
		}
	})
}

func meaning(t *testing.T, v Value) any {
	if v.Codec == JSON {
		return normal(t, jsonAny(t, v.Bytes))
	}
	return normal(t, requireMsgpack(t, v.Bytes))
}

func FuzzMessageRoundTrip(f *testing.F) {
	for kind := range uint8(12) {
		f.Add(kind, "room", "m\xff\"1", uint64(7), uint64(1)<<40, []byte(`{"a":1.50}`))
		f.Add(kind, "", "\x00\u2028", uint64(0), uint64(MaxInt), []byte("\x81\xa1a\xc4\x02ab"))
		f.Add(kind, "r", "x", uint64(1), uint64(2), []byte{})
	}
	f.Fuzz(func(t *testing.T, kind uint8, a, b string, n, k uint64, data []byte) {
		checkEncodings(t, buildMessage(kind, a, b, n&MaxInt, k&MaxInt, data))
	})
}

// buildMessage makes a message of any type out of a few values.
func buildMessage(kind uint8, a, b string, n, k uint64, data []byte) Message {
	v, err := ParseValue(JSON, data)
	if err != nil {
		v, _ = ParseValue(Msgpack, data)
	}
	var to []string
	if n%3 > 0 {
		to = []string{a, b}[:n%3]
	}
	odd := n%2 == 1
	switch kind % 9 {
	case 0:
		m := &Joined{ID: n, Seq: k, LastID: n, Room: a, Epoch: b, Count: int(n % 10000), Locked: odd, Recovered: !odd,
			Self: Self{Member: b, Key: a, Role: Role(n % 3), Since: k, Profile: v}, ICE: v}
		if m.Hidden = k%2 == 1; !m.Hidden {
			m.Members = make([]Member, n%20)
			for i := range m.Members {
				m.Members[i] = Member{Member: a, Profile: v, Since: n, Role: Role(k % 3), Suspended: i%2 == 0}
			}
		}
		return m
	case 1:
		return &Event{Room: a, Seq: n, From: b, Event: a, Data: v, To: to, ToList: odd}
	case 2:
		m := &MemberChange{Room: a, Seq: n, Change: Change(n % 5), Member: b, Profile: v, Since: k, Reason: b}
		if m.HasRole = odd; odd {
			m.Role = Role(k % 3)
		}
		return m
	case 3:
		return &RoomChange{Room: a, Seq: n, Locked: odd}
	case 4:
		return &OK{ID: n, Seq: k, Missing: to}
	case 5:
		return &Error{ID: n, Room: a, Code: Code(b), Message: a + b, RetryAfter: 1e6 * 77}
	case 6:
		return &ICE{ICE: v, TTL: 1e9 * 5}
	case 7:
		return &Bye{Code: int(n % 5000), Reason: a, Text: b, Room: b, RetryAfter: 1e6 * 3}
	}
	return &Pong{ID: n}
}
