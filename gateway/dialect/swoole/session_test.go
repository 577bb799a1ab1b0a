package swoole

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
	"github.com/parley-signaling/parley/gateway/dialecttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPublishReachesEveryoneElse(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{})
	a, b, outsider := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New())
	a.Joins(1, `{"cmd":"subscribe","subject":"room-1"}`)
	b.Joins(1, `{"cmd":"subscribe","subject":"room-1"}`)

	a.Send(`{"cmd":"publish","subject":"room-1","event":"call","data":null}`)
	require.Equal(t, `{"cmd":"publish","event":"call","data":null}`, b.Next())
	b.Send(`{"cmd":"publish","subject":"room-1","event":"offer","data":{"type":"offer","sdp":"v=0"}}`)
	require.Equal(t, `{"cmd":"publish","event":"offer","data":{"type":"offer","sdp":"v=0"}}`, a.Next(), "and not its own call")
	outsider.Send(`{"cmd":"publish","subject":"room-1","event":"hello"}`)
	require.Equal(t, `{"cmd":"publish","event":"hello","data":null}`, a.Next())
	require.Equal(t, `{"cmd":"publish","event":"hello","data":null}`, b.Next())
}

func TestSecondSubscribeChangesNothing(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{})
	a, b := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New())
	a.Joins(1, `{"cmd":"subscribe","subject":"s"}`)
	a.Send(`{"cmd":"subscribe","subject":"s"}`)
	a.Send(`{"cmd":"subscribe","subject":"s"}`)
	a.Send(`{"cmd":"publish","subject":"elsewhere","event":"e"}`) // to nobody
	b.Send(`{"cmd":"publish","subject":"s","event":"once"}`)
	b.Send(`{"cmd":"publish","subject":"s","event":"fence"}`)
	require.Equal(t, `{"cmd":"publish","event":"once","data":null}`, a.Next())
	require.Equal(t, `{"cmd":"publish","event":"fence","data":null}`, a.Next())
}

func TestRefusalsAreTold(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{RoomCapacity: 1})
	a, b := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New())
	a.Send(`{"cmd":"subscribe"}`)
	require.Equal(t, `{"cmd":"error","code":"bad_request","message":"subject: missing"}`, a.Next())
	a.Joins(1, `{"cmd":"subscribe","subject":"s"}`)
	b.Send(`{"cmd":"subscribe","subject":"s"}`)
	require.Contains(t, b.Next(), `{"cmd":"error","code":"room_full"`)
}

func TestAnotherNamespaceIsOutOfReach(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{})
	a, b, other := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, native.New())
	a.Joins(1, `{"cmd":"subscribe","subject":"s"}`)
	other.Joins(1, `{"type":"join","room":"s"}`)
	other.Send(`{"type":"send","room":"s","event":"secret"}`)
	b.Send(`{"cmd":"publish","subject":"s","event":"fence"}`)
	require.Equal(t, `{"cmd":"publish","event":"fence","data":null}`, a.Next(), "not the secret")
	require.Equal(t, 2, sys.Stats().Rooms, "two rooms of one name")
}

func TestSubscriptionsEndWithTheirSocket(t *testing.T) {
	sys := dialecttest.NewSystem(t, actors.Options{})
	a, b := dialecttest.Connect(t, sys, New()), dialecttest.Connect(t, sys, New())
	a.Joins(1, `{"cmd":"subscribe","subject":"s"}`)
	b.Joins(1, `{"cmd":"subscribe","subject":"other"}`)
	require.Equal(t, 2, sys.Stats().Rooms)
	a.End()
	require.Eventually(t, func() bool { return sys.Stats().Rooms == 1 }, 5*time.Second, 5*time.Millisecond)
}

func TestTraits(t *testing.T) {
	require.Equal(t, "swoole", New().Name())
	require.Equal(t, dialect.Traits{Ephemeral: true, Roomless: true}, New().Traits())
	require.Equal(t, New().Open(&dialect.Handshake{}).Format(), New().Open(&dialect.Handshake{}).Format(), "one format for all")
	require.Zero(t, testing.AllocsPerRun(100, func() { New().Open(&dialect.Handshake{}).Format() }), "a connection costs nothing here")
}

// An event is a frame, and what the client knows nothing of is none.
func TestFrames(t *testing.T) {
	format := New().Open(&dialect.Handshake{}).Format()
	require.Empty(t, format.Append(nil, &wire.Joined{}))
	require.Equal(t, "\x81\x2c"+`{"cmd":"publish","event":"call","data":null}`, string(format.Append(nil, &wire.Event{Event: "call"})))
}
