package swoole

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

func TestDecode(t *testing.T) {
	null := wire.Value{Codec: wire.JSON, Bytes: []byte("null")}
	for message, want := range map[string]wire.Request{
		`{"cmd":"subscribe","subject":"room-1"}`:                                {Kind: wire.KindJoin, Hidden: true, Room: "room-1"},
		" {\n\"subject\" : \"房间\" , \"cmd\":\"subscribe\"}\r\n":                 {Kind: wire.KindJoin, Hidden: true, Room: "房间"},
		`{"cmd":"publish","subject":"s","event":"call","data":null}`:            {Kind: wire.KindPublish, Room: "s", Event: "call", Data: null},
		`{"cmd":"publish","subject":"s","event":"call"}`:                        {Kind: wire.KindPublish, Room: "s", Event: "call"},
		`{"cmd":"publish","subject":"s","event":"e","data":{"a":[1,"\ud83d"]}}`: {Kind: wire.KindPublish, Room: "s", Event: "e", Data: wire.Value{Bytes: []byte(`{"a":[1,"\ud83d"]}`)}},
		`{"cmd":"publish","cmd":"subscribe","subject":"a","subject":"b"}`:       {Kind: wire.KindJoin, Hidden: true, Room: "b"},
		`{"cmd":"subscribe","subject":"s","event":7,"token":{}}`:                {Kind: wire.KindJoin, Hidden: true, Room: "s"},
		`{"\u0063md":"subscribe","sub\/ject":1,"subject":"s"}`:                  {Kind: wire.KindJoin, Hidden: true, Room: "s"},
		`{"cmd":"subscribe","subject":"\u0072oom"}`:                             {Kind: wire.KindJoin, Hidden: true, Room: "room"},
	} {
		t.Run(message, func(t *testing.T) {
			var r wire.Request
			require.Nil(t, decode([]byte(message), &r))
			want.Size = len(message)
			require.Equal(t, want, r)
		})
	}
}

func TestMalformed(t *testing.T) {
	deep := strings.Repeat("[", wire.MaxDepth) + strings.Repeat("]", wire.MaxDepth)
	for message, want := range map[string]wire.Error{
		``:                                    {Code: wire.BadFrame, Message: "not one JSON object"},
		`null`:                                {Code: wire.BadFrame, Message: "not one JSON object"},
		`[]`:                                  {Code: wire.BadFrame, Message: "not one JSON object"},
		`"ping"`:                              {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"cmd":"subscribe"`:                  {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"cmd":"subscribe"} x`:               {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"cmd":"subscribe"}{}`:               {Code: wire.BadFrame, Message: "not one JSON object"},
		"{\"cmd\":\"\xff\"}":                  {Code: wire.BadFrame, Message: "not UTF-8"},
		`{"a":` + strings.Repeat("[", 20000):  {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"cmd":"subscribe","subject":"s",}`:  {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"cmd" "subscribe"}`:                 {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"data":[1,]}`:                       {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"data":"\ud8"}`:                     {Code: wire.BadFrame, Message: "not one JSON object"},
		`{}`:                                  {Code: wire.BadRequest, Message: "cmd: missing"},
		`{"cmd":null}`:                        {Code: wire.BadRequest, Message: "cmd: missing"},
		`{"cmd":1}`:                           {Code: wire.BadRequest, Message: "cmd: not a string"},
		`{"CMD":"subscribe"}`:                 {Code: wire.BadRequest, Message: "cmd: missing"},
		`{"cmd":"unsubscribe"}`:               {Code: wire.BadRequest, Message: "cmd: neither"},
		`{"cmd":"subscribe"}`:                 {Code: wire.BadRequest, Message: "subject: missing"},
		`{"cmd":"subscribe","subject":["a"]}`: {Code: wire.BadRequest, Message: "subject: not a string"},
		`{"cmd":"subscribe","subject":""}`:    {Code: wire.BadRequest, Message: "subject: 0 bytes"},
		`{"cmd":"subscribe","subject":"a\u0000b"}`:                                  {Code: wire.BadRequest, Message: "subject: a control"},
		`{"cmd":"subscribe","subject":"a\u0085b"}`:                                  {Code: wire.BadRequest, Message: "subject: a control"},
		`{"cmd":"subscribe","subject":"` + strings.Repeat("é", 65) + `"}`:           {Code: wire.BadRequest, Message: "subject: 130 bytes, at most 128"},
		`{"cmd":"publish","subject":"s"}`:                                           {Code: wire.BadRequest, Message: "event: missing"},
		`{"cmd":"publish","subject":"s","event":""}`:                                {Code: wire.BadRequest, Message: "event: 0 bytes"},
		`{"cmd":"publish","subject":"s","event":true}`:                              {Code: wire.BadRequest, Message: "event: not a string"},
		`{"cmd":"publish","event":"e"}`:                                             {Code: wire.BadRequest, Message: "subject: missing"},
		`{"cmd":"publish","subject":"s","event":"` + strings.Repeat("e", 65) + `"}`: {Code: wire.BadRequest, Message: "event: 65 bytes, at most 64"},
		`{"cmd":"publish","subject":"s","event":"e","data":` + deep + `}`:           {Code: wire.BadRequest, Message: "data: "},
	} {
		t.Run(message[:min(len(message), 60)], func(t *testing.T) {
			var r wire.Request
			err := decode([]byte(message), &r)
			require.NotNil(t, err)
			require.Equal(t, want.Code, err.Code)
			require.Contains(t, err.Message, want.Message)
		})
	}
}

func TestDeepestDataPasses(t *testing.T) {
	deep := strings.Repeat("[", wire.MaxDepth-1) + strings.Repeat("]", wire.MaxDepth-1)
	var r wire.Request
	require.Nil(t, decode([]byte(`{"cmd":"publish","subject":"s","event":"e","data":`+deep+`}`), &r))
}

func TestFormat(t *testing.T) {
	value := func(s string) wire.Value { return wire.Value{Codec: wire.JSON, Bytes: []byte(s)} }
	for _, c := range []struct {
		m    wire.Message
		want string
	}{
		{&wire.Event{Room: "s", Seq: 7, From: "m", Event: "offer", Data: value(`{"sdp": "v=0"}`)}, `{"cmd":"publish","event":"offer","data":{"sdp": "v=0"}}`},
		{&wire.Event{Event: "call"}, `{"cmd":"publish","event":"call","data":null}`},
		{&wire.Event{Event: "a\"\n<b>\u2028", Data: value(`1`)}, "{\"cmd\":\"publish\",\"event\":\"a\\\"\\n<b>\u2028\",\"data\":1}"},
		{&wire.Error{Code: wire.RoomFull, Room: "s", Message: "at most 2"}, `{"cmd":"error","code":"room_full","message":"at most 2"}`},
		{&wire.Error{Code: wire.AlreadyJoined, Room: "s", Message: "again"}, ``},
		{&wire.Joined{Room: "s"}, ``},
		{&wire.MemberChange{Room: "s"}, ``},
		{&wire.RoomChange{Room: "s"}, ``},
		{&wire.OK{ID: 1}, ``},
		{&wire.ICE{}, ``},
		{&wire.Bye{Code: 1001, Reason: "drain"}, ``},
		{&wire.Pong{}, ``},
	} {
		got := body(nil, c.m)
		if c.want == "" {
			require.Empty(t, got, "%T", c.m)
			continue
		}
		require.JSONEq(t, c.want, string(got))
	}
}

// FuzzDecode: whatever is accepted is within the limits, and goes out as JSON again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"cmd":"subscribe","subject":"room-1"}`,
		`{"cmd":"publish","subject":"s","event":"offer","data":{"type":"offer","sdp":"v=0\r\n"}}`,
		`{"cmd":"publish","subject":"\u0085","event":"\ud83d","data":[1e999,null,{}]}`,
		"{\"cmd\":\"\xff\"}", `{`, `[]`, `null`, `{"cmd":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r wire.Request
		err := decode(message, &r)
		var object map[string]json.RawMessage
		isObject := utf8.Valid(message) && json.Unmarshal(message, &object) == nil && object != nil
		require.Equal(t, isObject, err == nil || err.Code != wire.BadFrame)
		if err != nil {
			require.Contains(t, []wire.Code{wire.BadFrame, wire.BadRequest}, err.Code)
			require.NotEmpty(t, err.Message)
			return
		}
		require.Equal(t, string(object["data"]), string(r.Data.Bytes))
		require.True(t, len(r.Room) >= 1 && len(r.Room) <= wire.MaxRoom)
		if r.Kind == wire.KindJoin {
			require.True(t, r.Hidden)
			return
		}
		require.Equal(t, wire.KindPublish, r.Kind)
		out := body(nil, &wire.Event{Event: r.Event, Data: r.Data})
		var sent struct {
			Cmd, Event string
			Data       json.RawMessage
		}
		require.NoError(t, json.Unmarshal(out, &sent))
		require.Equal(t, "publish", sent.Cmd)
		require.Equal(t, r.Event, sent.Event)
	})
}
