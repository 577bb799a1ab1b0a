package ywebrtc

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestMalformed(t *testing.T) {
	deep := strings.Repeat("[", wire.MaxDepth-1) + strings.Repeat("]", wire.MaxDepth-1)
	for message, want := range map[string]wire.Error{
		``:                                      {Code: wire.BadFrame, Message: "not one JSON object"},
		`[]`:                                    {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"type":"ping"}x`:                      {Code: wire.BadFrame, Message: "not one JSON object"},
		"{\"type\":\"\xff\"}":                   {Code: wire.BadFrame, Message: "not UTF-8"},
		`{}`:                                    {Code: wire.BadRequest, Message: "type: missing"},
		`{"type":{}}`:                           {Code: wire.BadRequest, Message: "type: not a string"},
		`{"type":"pong"}`:                       {Code: wire.BadRequest, Message: "type: neither subscribe, unsubscribe, publish nor ping"},
		`{"type":"subscribe"}`:                  {Code: wire.BadRequest, Message: "topics: missing"},
		`{"type":"subscribe","topics":null}`:    {Code: wire.BadRequest, Message: "topics: missing"},
		`{"type":"subscribe","topics":"t"}`:     {Code: wire.BadRequest, Message: "topics: not a list"},
		`{"type":"subscribe","topics":["t",7]}`: {Code: wire.BadRequest, Message: "topics[1]: not a string"},
		`{"type":"subscribe","topics":[null]}`:  {Code: wire.BadRequest, Message: "topics[0]: missing"},
		`{"type":"unsubscribe","topics":[""]}`:  {Code: wire.BadRequest, Message: "topics[0]: 0 bytes, at least 1"},
		`{"type":"subscribe","topics":["\n"]}`:  {Code: wire.BadRequest, Message: "topics[0]: a control character"},
		`{"type":"publish"}`:                    {Code: wire.BadRequest, Message: "topic: missing"},
		`{"type":"publish","topics":["t"]}`:     {Code: wire.BadRequest, Message: "topic: missing"},
		`{"type":"publish","topic":["t"]}`:      {Code: wire.BadRequest, Message: "topic: not a string"},
		`{"type":"publish","topic":"t","data":` + deep + `}`:                                 {Code: wire.BadRequest, Message: "message: "},
		`{"type":"publish","topic":"` + strings.Repeat("t", 129) + `"}`:                      {Code: wire.BadRequest, Message: "topic: 129 bytes, at most 128"},
		`{"type":"subscribe","topics":[` + strings.Repeat(`"t",`, actors.MaxRooms) + `"t"]}`: {Code: wire.BadRequest, Message: "topics: 257, at most 256"},
	} {
		t.Run(message, func(t *testing.T) {
			var r wire.Request
			_, err := decode([]byte(message), &r)
			require.NotNil(t, err)
			require.Equal(t, want.Code, err.Code)
			require.Contains(t, err.Message, want.Message)
		})
	}
}

// FuzzDecode: whatever is accepted is within the limits, and what is published goes out with
// all its fields.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"type":"subscribe","topics":["t","房间"]}`, `{"type":"unsubscribe","topics":["\u0085"]}`, `{"type":"subscribe","topics":[]}`,
		`{"type":"publish","topic":"t","data":{"from":"a","signal":{"sdp":"v=0\r\n"}},"clients":3}`, `{"type":"ping"}`,
		` {"type":"publish","topic":"t","topic":"u","x":[1e999,"\ud83d"]} `,
		"{\"type\":\"\xff\"}", `{`, `null`, `{"type":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r wire.Request
		more, err := decode(message, &r)
		if err != nil {
			require.Contains(t, []wire.Code{wire.BadFrame, wire.BadRequest}, err.Code)
			require.NotEmpty(t, err.Message)
			return
		}
		switch r.Kind {
		case 0, wire.KindPing:
			require.Empty(t, more)
		case wire.KindJoin, wire.KindLeave:
			for _, topic := range append(more, r.Room) {
				require.True(t, len(topic) >= 1 && len(topic) <= wire.MaxRoom)
			}
		default:
			require.Equal(t, wire.KindPublish, r.Kind)
			var came, sent map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(message, &came))
			require.NoError(t, json.Unmarshal(body(nil, &wire.Event{Room: r.Room, Data: r.Data, Count: 5}), &sent))
			require.Equal(t, "5", string(sent["clients"]))
			came["clients"] = sent["clients"]
			require.Equal(t, len(came), len(sent))
			for name := range came {
				require.Contains(t, sent, name)
			}
		}
	})
}
