package ywebrtc

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPublishReachesEverySubscriberWithTheirNumber(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{})
	a, b, outsider := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New())
	a.Joins(2, `{"type":"subscribe","topics":["t","u"]}`)
	b.Joins(1, `{"type":"subscribe","topics":["t"]}`)

	a.Send(`{"type":"publish","topic":"t","data":{"type":"announce","from":"a"}}`)
	outsider.Send("{ \"type\":\"publish\", \"topic\":\"t\", \"data\":\"secret\", \"more\":[1, {}] }\n")
	for _, c := range []*dialecttest.Client{a, b} {
		require.Equal(t, `{"type":"publish","topic":"t","data":{"type":"announce","from":"a"},"clients":2}`, c.Next())
		require.Equal(t, `{ "type":"publish", "topic":"t", "data":"secret", "more":[1, {}] ,"clients":2}`, c.Next(), "as it came")
	}
	b.Send(`{"type":"publish","topic":"u","clients":7}`)
	require.JSONEq(t, `{"type":"publish","topic":"u","clients":1}`, a.Next(), "what a client says of the number does not count")
}

func TestSubscribeAndUnsubscribeAreIdempotent(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{})
	a := dialecttest.Connect(t, sys, New())
	a.Send(`{"type":"subscribe","topics":[]}`)
	a.Joins(3, `{"type":"subscribe","topics":["t","u","t","v"]}`)
	a.Send(`{"type":"subscribe","topics":["u"]}`)
	a.Leaves(2, `{"type":"unsubscribe","topics":["t","never","u"]}`)
	a.Send(`{"type":"unsubscribe","topics":["t"]}`)
	for _, topic := range []string{"t", "u", "v"} {
		a.Send(`{"type":"publish","topic":%q}`, topic)
	}
	require.Equal(t, `{"type":"publish","topic":"v","clients":1}`, a.Next(), "the only one")
	a.Send(`{"type":"ping"}`)
	require.Equal(t, `{"type":"pong"}`, a.Next(), "and nothing before it")
}

// A client is told what is wrong, and its connection lives on.
func TestRefusalsAreTold(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{RoomCapacity: 1})
	a, b := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New())
	a.Send(`{"type":"subscribe"}`)
	require.Equal(t, `{"type":"error","code":"bad_request","message":"topics: missing"}`, a.Next())
	a.Joins(1, `{"type":"subscribe","topics":["t"]}`)
	b.Send(`{"type":"subscribe","topics":["t"]}`)
	require.Contains(t, b.Next(), `{"type":"error","code":"room_full"`)
}

func TestTold(t *testing.T) {
	for _, m := range []wire.Message{
		&wire.Joined{}, &wire.MemberChange{}, &wire.RoomChange{}, &wire.OK{}, &wire.ICE{}, &wire.Bye{},
		&wire.Error{Code: wire.AlreadyJoined}, &wire.Error{Code: wire.NotJoined},
	} {
		require.Empty(t, body(nil, m), "%T", m)
	}
	require.Equal(t, New().Open(&dialect.Handshake{}).Format(), New().Open(&dialect.Handshake{}).Format(), "one format for all")
}

func TestOkay(t *testing.T) {
	w := httptest.NewRecorder()
	New().(dialect.Web).HTTP().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, 200, w.Code)
	require.Equal(t, "okay", w.Body.String())
}
