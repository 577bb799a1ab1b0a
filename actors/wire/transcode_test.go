package wire_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/parley-signaling/parley/actors/wire"
)

func TestJSONToMsgpack(t *testing.T) {
	long := strings.Repeat("x", 70000)
	for text, want := range map[string]string{
		"null": "\xc0", "true": "\xc3", "false": "\xc2", " 1 ": "\x01",
		"0": "\x00", "127": "\x7f", "128": "\xcc\x80", "255": "\xcc\xff", "256": "\xcd\x01\x00", "65536": "\xce\x00\x01\x00\x00",
		"4294967296": "\xcf\x00\x00\x00\x01\x00\x00\x00\x00", "18446744073709551615": "\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
		"18446744073709551616": "\xcb\x43\xf0\x00\x00\x00\x00\x00\x00", // 2^64: a float
		"-1":                   "\xff", "-32": "\xe0", "-33": "\xd0\xdf", "-128": "\xd0\x80", "-129": "\xd1\xff\x7f", "-32769": "\xd2\xff\xff\x7f\xff",
		"-2147483649": "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff",
		"-40000":      "\xd2\xff\xff\x63\xc0", "-300": "\xd1\xfe\xd4", "40000": "\xcd\x9c\x40",
		"-9223372036854775808": "\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775809": "\xcb\xc3\xe0\x00\x00\x00\x00\x00\x00",
		"1.0": "\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", "1e3": "\xcb\x40\x8f\x40\x00\x00\x00\x00\x00", "0.5": "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00",
		"-0": "\xcb\x80\x00\x00\x00\x00\x00\x00\x00", "-0.0": "\xcb\x80\x00\x00\x00\x00\x00\x00\x00",
		"1e999": "\xcb\x7f\xef\xff\xff\xff\xff\xff\xff", "-1e999": "\xcb\xff\xef\xff\xff\xff\xff\xff\xff", // not infinite
		"1e-999": "\xcb\x00\x00\x00\x00\x00\x00\x00\x00",
		`""`:     "\xa0", `"a"`: "\xa1a", `"ä🎥"`: "\xa6ä🎥", `"\"\\\/\b\f\n\r\t"`: "\xa8\"\\/\b\f\n\r\t",
		`"\u00e4\uD83C\uDFA5\u0000"`: "\xa7ä🎥\x00",
		`"\ud800"`:                   "\xa3\ufffd", `"\udc00x"`: "\xa4\ufffdx", `"\ud800\u0041"`: "\xa4\ufffdA", `"\ud800\ud800\udc00"`: "\xa7\ufffd\U00010000",
		`"` + long[:31] + `"`: "\xbf" + long[:31], `"` + long[:32] + `"`: "\xd9\x20" + long[:32], `"` + long[:256] + `"`: "\xda\x01\x00" + long[:256],
		`"` + long + `"`:                      "\xdb\x00\x01\x11\x70" + long,
		`"\n` + long[:31] + `"`:               "\xd9\x20\n" + long[:31],
		`"\n` + long[:255] + `"`:              "\xda\x01\x00\n" + long[:255],
		`"\n` + long[1:] + `"`:                "\xdb\x00\x01\x11\x70\n" + long[1:],
		"[]":                                  "\x90",
		"{}":                                  "\x80",
		`[1,[2,{"a":[]}],"x"]`:                "\x93\x01\x92\x02\x81\xa1a\x90\xa1x",
		` { "a" : 1 , "b" : [ ] }`:            "\x82\xa1a\x01\xa1b\x90",
		"[0" + strings.Repeat(",0", 15) + "]": "\xdc\x00\x10" + strings.Repeat("\x00", 16),
		"[[0" + strings.Repeat(",0", 69999) + "]]":              "\x91\xdd\x00\x01\x11\x70" + strings.Repeat("\x00", 70000),
		`{"a":0` + strings.Repeat(`,"a":0`, 15) + `}`:           "\xde\x00\x10" + strings.Repeat("\xa1a\x00", 16),
		`{"a\n":[{"b":0` + strings.Repeat(`,"b":0`, 15) + `}]}`: "\x81\xa2a\n\x91\xde\x00\x10" + strings.Repeat("\xa1b\x00", 16),
	} {
		v, err := ParseValue(JSON, []byte(text))
		require.NoError(t, err)
		require.Equal(t, "x"+want, string(v.Append([]byte("x"), Msgpack)), "%.40s", text)
		_, err = ParseValue(Msgpack, []byte(want))
		require.NoError(t, err)
	}
}

func TestMsgpackToJSON(t *testing.T) {
	for _, x := range []struct{ in, want string }{
		{"\xc0", "null"}, {"\xc3", "true"}, {"\xc2", "false"},
		{"\x7f", "127"}, {"\xff", "-1"}, {"\xe0", "-32"}, {"\xcc\xff", "255"}, {"\xcc\x01", "1"}, {"\xcd\xff\xff", "65535"},
		{"\xce\xff\xff\xff\xff", "4294967295"}, {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"},
		{"\xd0\x80", "-128"}, {"\xd0\x01", "1"}, {"\xd1\x80\x00", "-32768"}, {"\xd2\x80\x00\x00\x00", "-2147483648"},
		{"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775808"},
		{"\xca\x3f\x80\x00\x00", "1"}, {"\xca\x3d\xcc\xcc\xcd", "0.10000000149011612"}, {"\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a", "0.1"},
		{"\xcb\x80\x00\x00\x00\x00\x00\x00\x00", "-0"}, {"\xcb\x7f\xef\xff\xff\xff\xff\xff\xff", "1.7976931348623157e+308"},
		{"\xcb\x00\x00\x00\x00\x00\x00\x00\x01", "5e-324"}, {"\xcb\x3e\x7a\xd7\xf2\x9a\xbc\xaf\x48", "1e-7"},
		{"\xa2\b\f", `"\b\f"`}, {"\xa0", `""`}, {"\xa3a\"\\", `"a\"\\"`}, {"\xa4\n\r\t\x00", `"\n\r\t\u0000"`}, {"\xa3\x1f\x7fz", `"\u001f` + "\x7fz\""},
		{"\xd9\x06ä🎥", `"ä🎥"`}, {"\xda\x00\x01x", `"x"`}, {"\xdb\x00\x00\x00\x01x", `"x"`}, {"\xa4</&>", `"</&>"`},
		{"\xc4\x00", `""`}, {"\xc4\x01\xff", `"/w=="`}, {"\xc5\x00\x02\xfb\xff", `"+/8="`}, {"\xc6\x00\x00\x00\x03abc", `"YWJj"`},
		{"\x90", "[]"}, {"\x80", "{}"}, {"\xdc\x00\x02\x01\x90", "[1,[]]"}, {"\xdd\x00\x00\x00\x01\x80", "[{}]"},
		{"\x82\xa1a\x01\xd9\x01b\x92\xc0\xc4\x01\x00", `{"a":1,"b":[null,"AA=="]}`}, {"\xde\x00\x01\xa1\"\x01", `{"\"":1}`},
		{"\xdf\x00\x00\x00\x02\xa1a\x01\xa1a\x02", `{"a":1,"a":2}`},
	} {
		v, err := ParseValue(Msgpack, []byte(x.in))
		require.NoError(t, err, "%q", x.in)
		got := string(v.Append([]byte("x"), JSON))
		require.Equal(t, "x"+x.want, got, "%q", x.in)
		require.True(t, json.Valid([]byte(got[1:])))
	}
}

// TestFloatsSurvive: a float64 comes back from JSON as the same float64.
func TestFloatsSurvive(t *testing.T) {
	for _, f := range []float64{0, 1, -1.5, 1e20, 1e21, 1e-6, 1e-7, 123456.789e-30, math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53} {
		v, err := NewValue(Msgpack, f)
		require.NoError(t, err)
		var back float64
		require.NoError(t, json.Unmarshal(v.Append(nil, JSON), &back))
		require.Equal(t, math.Float64bits(f), math.Float64bits(back))
	}
}

func TestSameCodecIsCopied(t *testing.T) {
	for _, text := range []string{`{"a" : 1.0e1 , "b":"\u0041\ud800"}`, "null"} {
		require.Equal(t, text, string(jsonValue(text).Append(nil, JSON)))
	}
	odd := "\xcd\x00\x01" // not the shortest
	require.Equal(t, odd, string(Value{Msgpack, []byte(odd)}.Append(nil, Msgpack)))
}

func TestAbsentIsNull(t *testing.T) {
	require.Equal(t, "null", string(Value{}.Append(nil, JSON)))
	require.Equal(t, "\xc0", string(Value{}.Append(nil, Msgpack)))
	require.Equal(t, "null", string(Value{JSON, []byte{}}.Append(nil, JSON)))
}

// TestUnvalidatedValues: a Value made by hand of bytes that are none does no harm in transcoding.
func TestUnvalidatedValues(t *testing.T) {
	deep := strings.Repeat("[", 1<<20)
	for _, b := range []string{"{", "[1", "nul", `"x`, `"\u12`, `"\`, `{"a"`, `{"a":`, `{1:2}`, "-", "[1 2]", " ", deep} {
		require.Equal(t, "x\xc0", string(jsonValue(b).Append([]byte("x"), Msgpack)), "%.20q", b)
	}
	for _, b := range []string{"\xc1", "\x91", "\xa5x", "\x81\x01\x01", "\xdf\xff\xff\xff\xff", "\xd4\x01\x01",
		"\xca\x7f\xc0\x00\x00", "\x91\xc1", "\x81\xa1x", strings.Repeat("\x91", 1<<20)} {
		require.Equal(t, "xnull", string(Value{Msgpack, []byte(b)}.Append([]byte("x"), JSON)), "%.20q", b)
	}
}

func TestParseValue(t *testing.T) {
	for _, c := range []struct {
		codec Codec
		in    string
		code  Code // "": accepted
	}{
		{JSON, "1", ""}, {JSON, " [1, 2]\n", ""}, {JSON, "", BadFrame}, {JSON, "1 2", BadFrame}, {JSON, "\"\xff\"", BadFrame},
		{JSON, strings.Repeat("[", 31) + strings.Repeat("]", 31), ""}, {JSON, strings.Repeat("[", 32) + strings.Repeat("]", 32), BadRequest},
		{Msgpack, "\x01", ""}, {Msgpack, "", BadFrame}, {Msgpack, "\x01\x01", BadFrame}, {Msgpack, "\xa1\xff", BadRequest},
		{Msgpack, strings.Repeat("\x91", 30) + "\x90", ""}, {Msgpack, strings.Repeat("\x91", 31) + "\x90", BadRequest},
	} {
		v, err := ParseValue(c.codec, []byte(c.in))
		if c.code == "" {
			require.NoError(t, err)
			require.Equal(t, strings.TrimSpace(c.in), string(v.Bytes))
			continue
		}
		require.Equal(t, c.code, err.(*Error).Code, c.in)
		require.True(t, v.IsAbsent())
	}
}

func TestNewValue(t *testing.T) {
	type point struct {
		X int    `json:"x"`
		B []byte `json:"b"`
		S string `json:"-"`
	}
	for _, c := range codecs {
		v, err := NewValue(c, point{X: 300, B: []byte("abc"), S: "no"})
		require.NoError(t, err)
		require.Equal(t, c, v.Codec)
		require.JSONEq(t, `{"x":300,"b":"YWJj"}`, string(v.Append(nil, JSON)))
		var p point
		require.NoError(t, v.Unmarshal(&p))
		require.Equal(t, point{X: 300, B: []byte("abc")}, p)

		_, err = NewValue(c, make(chan int))
		require.Error(t, err)
		_, err = NewValue(c, math.Inf(1))
		require.Error(t, err)
	}
	var p *point
	require.NoError(t, Value{}.Unmarshal(&p))
	require.Nil(t, p)
	require.Error(t, Value{Msgpack, []byte("\xdf\xff\xff\xff\xff")}.Unmarshal(&p))
}

func TestStrangeStringsInMessages(t *testing.T) {
	for _, c := range codecs {
		m := &Error{Code: Internal, Message: "a\xff\"\\\n\u2028\x00\u0085🎥\xf0\x9f"}
		frame := m.AppendTo(nil, c)
		back, err := DecodeMessage(c, frame)
		require.NoError(t, err)
		require.Equal(t, "a\ufffd\"\\\n\u2028\x00\u0085🎥\ufffd\ufffd", back.(*Error).Message)
	}
}

func TestDurationsAreRoundedUp(t *testing.T) {
	require.Equal(t, `{"type":"error","code":"overloaded","message":"","retryAfter":1}`,
		string((&Error{Code: Overloaded, RetryAfter: 1}).AppendTo(nil, JSON)))
	require.Equal(t, `{"type":"ice","ice":[],"iceTTL":2}`, string((&ICE{TTL: 1e9 + 1}).AppendTo(nil, JSON)))
	require.Equal(t, `{"type":"ice","ice":[],"iceTTL":0}`, string((&ICE{TTL: -5e9}).AppendTo(nil, JSON)))
}

func TestNamesOutOfRange(t *testing.T) {
	require.Equal(t, "unknown", Role(99).String())
	require.Equal(t, "unknown", Change(99).String())
	require.Equal(t, "unknown", Kind(99).String())
	require.Equal(t, "publish", KindPublish.String())
	require.Equal(t, "json msgpack", fmt.Sprint(JSON, " ", Msgpack))
	require.Empty(t, AppendRequest(nil, JSON, &Request{Kind: KindPublish}))
	require.Empty(t, AppendRequest(nil, JSON, &Request{}))
}
