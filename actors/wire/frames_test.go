package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/parley-signaling/parley/actors/wire"
)

// TestBadFrames: what is not one map of its codec. No id and no room are read from it.
func TestBadFrames(t *testing.T) {
	const ok = `{"type":"ping","id":7,"room":"r"}`
	for _, frame := range []string{
		``, ` `, `{`, `}`, `[]`, `[` + ok + `]`, `1`, `"x"`, `null`, `true`, `tru`, `-`, "\ufeff" + ok,
		ok + `x`, ok + ok, ok + `,`, ok + "\x00", ok[:len(ok)-1], ok[:len(ok)-2], ok[:10], "\x00" + ok,
		`{"type":"ping","id":7,}`, `{,"type":"ping"}`, `{"type" "ping"}`, `{"type":}`, `{"type"}`, `{type:"ping"}`,
		`{'type':'ping'}`, `{"type":"ping" "id":7}`, `{"type":"ping";"id":7}`, `{1:2}`, `{null:1}`,
		`{"type":"ping","x":01}`, `{"x":1.}`, `{"x":.5}`, `{"x":+1}`, `{"x":1e}`, `{"x":1e+}`, `{"x":-}`,
		`{"x":0x10}`, `{"x":1_0}`, `{"x":NaN}`, `{"x":Infinity}`, `{"x":-Infinity}`, `{"x":undefined}`,
		`{"x":True}`, `{"x":nul}`, `{"x":falsee}`, `{"x":"\x"}`, `{"x":"\u12g4"}`, `{"x":"\u123"}`, `{"x":"\`,
		`{"x":"\u12`, "{\"x\":\"\n\"}", "{\"x\":\"a\tb\"}", "{\"x\":\"\x1f\"}", `{"x":"abc}`, `{"x":[1,]}`, `{"x":[,1]}`,
		`{"x":[1 2]}`, `{"x":[1}`, `{"x":{]}`, `{"x":{"a":1]}`, `{"x":{"a"}}`, `{"x":{"a":1,}}`, `{"x":[`,
		`/**/` + ok, "{\"x\":\"\xff\"}", "{\"x\":\"\xc3\"}", "{\"\xff\":1}", "{\"x\":\"\xed\xa0\x80\"}", "{\"x\":\"\xc0\xaf\"}",
		"{\u00a0\"x\":1}",
		// deep and broken is broken
		`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 99) + `}`,
		`{"x":` + strings.Repeat("[", 100) + `1,` + strings.Repeat("]", 100) + `}`,
		`{"x":` + strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat("]", 100) + `}`,
		`{"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}x`,
		`{"x":` + strings.Repeat("[", 100),
	} {
		e := refused(t, JSON, []byte(frame))
		require.Equal(t, BadFrame, e.Code, "%q: %s", frame, e.Message)
		require.Zero(t, e.ID)
		require.Empty(t, e.Room)
	}
	const packed = "\x82\xa4type\xa4ping\xa2id\x07"
	for _, frame := range []string{
		"", "\xc0", "\x01", "\xff", "\x90", "\x91\x80", "\xa1x", "\xc3", "\xc1", "\xc4\x00", "\xd4\x01\x00", "\xca\x00\x00\x00\x00",
		packed + "\x00", packed + packed, packed[:len(packed)-1], packed[:1], "\x83" + packed[1:],
		"\x81\xa1x\xc1", "\x81\xa1x", "\x81\xa1", "\x81\xd9\x05x\x01", "\x81\xa1x\xc4\x05x", "\x81\xa1x\xcd\x00", "\x81\xa1x\xcb\x00",
		"\x81\xa1x\xc7\x05\x01", "\x81\xa1x\xd8\x01\x00", "\x81\xa1x\x92\x01", "\x81\xa1x\x81\x01", "\xde\x00", "\xdf\x00\x00\x00",
		"\x81\xa1x" + strings.Repeat("\x91", 100), "\x81\xa1x" + strings.Repeat("\x91", 100) + "\xc1",
	} {
		e := refused(t, Msgpack, []byte(frame))
		require.Equal(t, BadFrame, e.Code, "%q: %s", frame, e.Message)
		require.Zero(t, e.ID)
	}
}

// TestRefusedMsgpack: msgpack that is well-formed but has no place in the protocol. What
// stands before and after it is read.
func TestRefusedMsgpack(t *testing.T) {
	for _, x := range []struct{ name, field, want string }{
		{"fixext", "\xa1x\xd4\x01\x00", "ext"}, {"timestamp", "\xa1x\xd6\xff\x00\x00\x00\x00", "ext"},
		{"ext8", "\xa1x\xc7\x03\x01abc", "ext"}, {"empty ext8", "\xa1x\xc7\x00\x01", "ext"},
		{"ext in data", "\xa4data\x91\xd5\x01ab", "ext"},
		{"nan", "\xa1x\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "NaN"}, {"inf", "\xa1x\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "NaN"},
		{"-inf", "\xa4data\xcb\xff\xf0\x00\x00\x00\x00\x00\x00", "NaN"}, {"nan32", "\xa1x\xca\x7f\xc0\x00\x00", "NaN"},
		{"inf32", "\xa1x\xca\x7f\x80\x00\x00", "NaN"},
		{"number as key", "\x01\x01", "key"}, {"nil as key", "\xc0\x01", "key"}, {"bin as key", "\xc4\x01x\x01", "key"},
		{"list as key", "\x90\x01", "key"}, {"map as key", "\x80\x01", "key"}, {"ext as key", "\xd4\x01\x00\x01", "key"},
		{"number as inner key", "\xa4data\x81\x01\x01", "key"}, {"number as inner key of the unknown", "\xa1x\x91\x81\x01\x01", "key"},
		{"str not UTF-8", "\xa4data\xa1\xff", "UTF-8"}, {"key not UTF-8", "\xa1\xff\x01", "UTF-8"},
		{"str8 not UTF-8", "\xa1x\xd9\x02\xc3\x28", "UTF-8"}, {"surrogate in UTF-8", "\xa1x\xa3\xed\xa0\x80", "UTF-8"},
		{"deep", "\xa1x" + strings.Repeat("\x91", 32) + "\x01", "nesting"},
		{"deep in maps", "\xa1x" + strings.Repeat("\x81\xa1y", 40) + "\x01", "nesting"},
		{"deep key", strings.Repeat("\x91", 40) + "\x01\x01", "key"},
	} {
		t.Run(x.name, func(t *testing.T) {
			for _, frame := range []string{
				"\x84\xa4type\xa4ping\xa2id\x07\xa4room\xa1r" + x.field,
				"\x84" + x.field + "\xa4type\xa4ping\xa2id\x07\xa4room\xa1r",
			} {
				e := refused(t, Msgpack, []byte(frame))
				require.Equal(t, BadRequest, e.Code)
				require.Contains(t, e.Message, x.want)
				require.EqualValues(t, 7, e.ID)
				require.Equal(t, "r", e.Room)
			}
		})
	}
}

func TestNesting(t *testing.T) {
	for n, want := range map[int]bool{30: true, 31: true, 32: false, 33: false, 5000: false, 30000: false} {
		for _, pair := range [][2]string{{"[", "]"}, {`{"a":`, "}"}, {"[1,[", "],2]"}} {
			levels := strings.Count(pair[0], "[") + strings.Count(pair[0], "{")
			deep := strings.Repeat(pair[0], n/levels) + "0" + strings.Repeat(pair[1], n/levels)
			if n%levels != 0 {
				deep = "[" + deep + "]"
			}
			frame := fmt.Sprintf(`{"data":%s,"type":"send","id":7,"room":"r","event":"e"}`, deep)
			var r Request
			err := Decode(JSON, []byte(frame), &r)
			if len(frame) > MaxMessage {
				require.Equal(t, BadFrame, err.(*Error).Code)
			} else if want {
				require.NoError(t, err)
			} else {
				require.Equal(t, &Error{ID: 7, Room: "r", Code: BadRequest,
					Message: "nesting: too many levels of maps and lists"}, err)
			}
		}
	}
}

func TestEscapedNamesAndStrings(t *testing.T) {
	var r Request
	frame := `{"\u0074ype":"s\u0065nd","r\u006fom":"\u00e4\ud83c\udfa5\"\\\/","event":"a\tb","unkn\"own":1,
		"to":["\u006d","x\ud800y"], "token":5}`
	require.NoError(t, Decode(JSON, []byte(frame), &r))
	require.Equal(t, Request{Kind: KindSend, Room: `ä🎥"\/`, Event: "a\tb", To: []string{"m", "x\ufffdy"}, ToList: true, Size: len(frame)}, r)
}

func TestDuplicateNames(t *testing.T) {
	var r Request
	require.NoError(t, Decode(JSON, []byte(`{"type":5,"id":"x","id":3,"type":"ping"}`), &r))
	require.Equal(t, Request{Kind: KindPing, ID: 3, Size: 40}, r)
	require.NoError(t, Decode(JSON, []byte(`{"type":"ping","id":3,"\u0069d":null}`), &r))
	require.Equal(t, Request{Kind: KindPing, Size: 37}, r, "the last one is null, hence absent")
	require.NoError(t, Decode(Msgpack, []byte("\x84\xa4type\x05\xa2id\xa1x\xa2id\x03\xa4type\xa4ping"), &r))
	require.Equal(t, Request{Kind: KindPing, ID: 3, Size: 26}, r)
	e := refused(t, JSON, []byte(`{"type":"join","room":"a","room":null}`))
	require.Equal(t, "room: missing", e.Message)
	require.NoError(t, Decode(JSON, []byte(`{"type":"join","room":"a","resume":{"member":1,"key":"k","epoch":"e","seq":1,"member":"m"}}`), &r))
	require.Equal(t, "m", r.Resume.Member)
}

func TestSpace(t *testing.T) {
	var r Request
	frame := " \t\r\n{ \"type\" : \"send\" ,\n\"room\":\"r\", \"event\" :\"e\",\"data\" : [ 1 , { } , [ ] ] , \"to\" :[ \"a\" , \"b\" ] }\r\n "
	require.NoError(t, Decode(JSON, []byte(frame), &r))
	require.Equal(t, Request{Kind: KindSend, Room: "r", Event: "e", Data: jsonValue("[ 1 , { } , [ ] ]"),
		To: []string{"a", "b"}, ToList: true, Size: len(frame)}, r)
}

// TestBrokenMessagesOfTheServer: DecodeMessage answers everything with an error.
func TestBrokenMessagesOfTheServer(t *testing.T) {
	for frame, code := range map[string]Code{
		``: BadFrame, `[]`: BadFrame, `1`: BadFrame, `{`: BadFrame, `{}x`: BadFrame, "{\"\xff\":1}": BadFrame,
		`{}`: BadRequest, `{"type":"nope"}`: BadRequest, `{"type":5}`: BadRequest, `{"type":"join","room":"r"}`: BadRequest,
		`{"type":"ok","id":1}`: BadRequest, `{"type":"ok","id":1,"seq":"x"}`: BadRequest,
		`{"type":"ok","id":1,"seq":2,"missing":[1]}`: BadRequest, `{"type":"ok","id":1,"seq":2,"missing":{}}`: BadRequest,
		`{"type":"room","room":"r","seq":1}`: BadRequest, `{"type":"room","room":"r","seq":1,"locked":1}`: BadRequest,
		`{"type":"event","room":"r","seq":1,"from":"m","event":"e"}`:                         BadRequest,
		`{"type":"event","room":"r","seq":1,"from":"m","event":"e","data":1,"to":1}`:         BadRequest,
		`{"type":"member","room":"r","seq":1,"change":"nope","member":"m"}`:                  BadRequest,
		`{"type":"member","room":"r","seq":1,"change":"updated","member":"m","role":"king"}`: BadRequest,
		`{"type":"bye","code":1e15,"reason":"x"}`:                                            BadRequest,
		`{"type":"ice","ice":[],"iceTTL":1e15}`:                                              BadRequest,
		`{"type":"pong","x":` + strings.Repeat("[", 34) + strings.Repeat("]", 34) + `}`:      BadRequest,
	} {
		_, err := DecodeMessage(JSON, []byte(frame))
		require.Error(t, err, frame)
		require.Equal(t, code, err.(*Error).Code, frame)
	}
	joined := string((&Joined{Members: []Member{{}}}).AppendTo(nil, JSON))
	for old, changed := range map[string]string{
		`"members":[{`: `"members":[5,{`, `"members":[`: `"members":[null,`, `"since":0,"role":"member"}]`: `"since":-1,"role":"member"}]`,
		`"self":{`: `"self":[],"x":{`, `"key":""`: `"key":null`, `"role":"member"}]`: `"role":"x"}]`,
		`"count":0`: `"count":-1`, `"epoch":""`: `"Epoch":""`,
	} {
		require.Contains(t, joined, old)
		_, err := DecodeMessage(JSON, []byte(strings.Replace(joined, old, changed, 1)))
		require.Error(t, err, changed)
		require.Equal(t, BadRequest, err.(*Error).Code)
	}
	_, err := DecodeMessage(JSON, []byte(" "+joined+"\n"))
	require.NoError(t, err)
}
