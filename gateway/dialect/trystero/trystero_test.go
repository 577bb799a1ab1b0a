package trystero

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// room is a system with as many clients that have subscribed to "t".
func room(t *testing.T, n int) (sys *actors.System, all []*dialecttest.Client) {
	sys = dialecttest.NewSystem(t, actors.Options{})
	for range n {
		c := dialecttest.Connect(t, sys, New())
		c.Joins(1, `{"type":"subscribe","topic":"t"}`)
		all = append(all, c)
	}
	return sys, all
}

func TestPublishReachesEverySubscriber(t *testing.T) {
	sys, in := room(t, 2)
	outsider := dialecttest.Connect(t, sys, New())
	in[0].Send(`{"type":"publish","topic":"t","payload":{"peerId":"a","n":1}}`)
	outsider.Send(`{"payload":"text","topic":"t","type":"publish"}`)
	outsider.Send(`{"type":"publish","topic":"t","payload":null}`)
	outsider.Send(`{"type":"publish","topic":"elsewhere","payload":1}`) // to nobody
	for _, c := range in {
		require.Equal(t, `{"topic":"t","payload":{"peerId":"a","n":1}}`, c.Next(), "its publisher too")
		require.Equal(t, `{"topic":"t","payload":"text"}`, c.Next())
		require.Equal(t, `{"topic":"t","payload":null}`, c.Next())
	}
}

func TestSubscribeAndUnsubscribeAreIdempotent(t *testing.T) {
	sys, in := room(t, 1)
	a := in[0]
	a.Send(`{"type":"subscribe","topic":"t"}`)
	a.Joins(1, `{"type":"subscribe","topic":"u"}`)
	a.Send(`{"type":"publish","topic":"t","payload":1}`)
	a.Send(`{"type":"publish","topic":"u","payload":2}`)
	require.ElementsMatch(t, []string{`{"topic":"t","payload":1}`, `{"topic":"u","payload":2}`}, []string{a.Next(), a.Next()}, "once each")
	a.Leaves(1, `{"type":"unsubscribe","topic":"t"}`)
	a.Send(`{"type":"unsubscribe","topic":"t"}`)
	a.Send(`{"type":"unsubscribe","topic":"never"}`)
	a.Send(`{"type":"publish","topic":"t","payload":3}`)
	a.Joins(1, `{"type":"subscribe","topic":"t"}`)
	a.Send(`{"type":"publish","topic":"t","payload":4}`)
	require.Equal(t, `{"topic":"t","payload":4}`, a.Next())
	require.Equal(t, 2, sys.Stats().Members)
}

func TestMalformed(t *testing.T) {
	deep := strings.Repeat("[", wire.MaxDepth) + strings.Repeat("]", wire.MaxDepth)
	for message, want := range map[string]wire.Error{
		``:                                 {Code: wire.BadFrame, Message: "not one JSON object"},
		`null`:                             {Code: wire.BadFrame, Message: "not one JSON object"},
		`{"type":"subscribe","topic":"t"`:  {Code: wire.BadFrame, Message: "not one JSON object"},
		"{\"type\":\"\xff\"}":              {Code: wire.BadFrame, Message: "not UTF-8"},
		`{}`:                               {Code: wire.BadRequest, Message: "type: missing"},
		`{"type":7}`:                       {Code: wire.BadRequest, Message: "type: not a string"},
		`{"type":"ping"}`:                  {Code: wire.BadRequest, Message: "type: neither subscribe, unsubscribe nor publish"},
		`{"type":"subscribe"}`:             {Code: wire.BadRequest, Message: "topic: missing"},
		`{"type":"unsubscribe","topic":7}`: {Code: wire.BadRequest, Message: "topic: not a string"},
		`{"type":"subscribe","topic":""}`:  {Code: wire.BadRequest, Message: "topic: 0 bytes, at least 1"},
		`{"type":"subscribe","topic":"` + strings.Repeat("t", 129) + `"}`: {Code: wire.BadRequest, Message: "topic: 129 bytes, at most 128"},
		`{"type":"publish","topic":"t"}`:                                  {Code: wire.BadRequest, Message: "payload: missing"},
		`{"type":"publish","topic":"t","payload":` + deep + `}`:           {Code: wire.BadRequest, Message: "payload: "},
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

// A client is told what is wrong, and its connection lives on.
func TestRefusalsAreTold(t *testing.T) {
	_, in := room(t, 1)
	in[0].Send(`{"type":"subscribe"}`)
	require.Equal(t, `{"type":"error","code":"bad_request","message":"topic: missing"}`, in[0].Next())
	in[0].Send(`{"type":"publish","topic":"t","payload":1}`)
	require.Equal(t, `{"topic":"t","payload":1}`, in[0].Next())
}

func TestOneFormatForAll(t *testing.T) {
	require.Equal(t, New().Open(&dialect.Handshake{}).Format(), New().Open(&dialect.Handshake{}).Format())
}

// FuzzDecode: whatever is accepted is within the limits, and goes out as JSON again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"type":"subscribe","topic":"t"}`, `{"type":"unsubscribe","topic":"\u0085"}`,
		`{"type":"publish","topic":"房间","payload":{"offer":"v=0\r\n","a":[1e999,null,"\ud83d"]}}`,
		"{\"type\":\"\xff\"}", `{`, `[]`, `null`, `{"type":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r wire.Request
		if _, err := decode(message, &r); err != nil {
			require.Contains(t, []wire.Code{wire.BadFrame, wire.BadRequest}, err.Code)
			require.NotEmpty(t, err.Message)
			return
		}
		require.True(t, len(r.Room) >= 1 && len(r.Room) <= wire.MaxRoom)
		require.Contains(t, []wire.Kind{wire.KindJoin, wire.KindLeave, wire.KindPublish}, r.Kind)
		if r.Kind != wire.KindPublish {
			return
		}
		var sent, came struct {
			Topic   string
			Payload json.RawMessage
		}
		require.NoError(t, json.Unmarshal(body(nil, &wire.Event{Room: r.Room, Data: r.Data}), &sent))
		require.NoError(t, json.Unmarshal(fmt.Appendf(nil, `{"payload":%s}`, r.Data.Bytes), &came))
		require.Equal(t, r.Room, sent.Topic)
		require.Equal(t, string(came.Payload), string(sent.Payload))
	})
}
