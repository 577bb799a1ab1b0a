package swoole

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is a connection without a socket: what would be written is read from it.
type client struct {
	t     *testing.T
	sys   *actors.System
	conn  *actors.Conn
	s     dialect.Session
	ready chan struct{}
}

func (c *client) Ready() {
	select {
	case c.ready <- struct{}{}:
	default:
	}
}

func newSystem(t *testing.T, o actors.Options) *actors.System {
	t.Helper()
	sys, err := actors.NewSystem(o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, sys.Close(ctx))
	})
	return sys
}

func connect(t *testing.T, sys *actors.System) *client {
	t.Helper()
	d := New()
	c := &client{t: t, sys: sys, s: d.Open(&dialect.Handshake{Path: "/"}), ready: make(chan struct{}, 1)}
	c.conn = sys.Connect(actors.ConnOptions{
		Namespace: d.Name(), Format: c.s.Format(), Transport: c, Ephemeral: d.Traits().Ephemeral,
	})
	c.s.Open(c.conn)
	t.Cleanup(func() { c.conn.Ended(false) })
	return c
}

func (c *client) send(format string, args ...any) {
	c.s.Receive(c.conn, true, fmt.Appendf(nil, format, args...))
}

// next returns the payload of the next frame.
func (c *client) next() string {
	c.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		iov := c.conn.Pending(make([][]byte, 0, 1))
		if len(iov) == 1 {
			frame := iov[0]
			require.Equal(c.t, byte(0x81), frame[0], "one text frame")
			require.Less(c.t, frame[1], byte(126), "a short one")
			n := int(frame[1])
			payload := string(frame[2 : 2+n])
			c.conn.Wrote(2 + n)
			return payload
		}
		select {
		case <-c.ready:
		case <-deadline:
			c.t.Fatal("nothing comes")
		}
	}
}

// subscribe returns when c is a subscriber.
func (c *client) subscribe(subject string) {
	c.t.Helper()
	members := c.sys.Stats().Members
	c.send(`{"cmd":"subscribe","subject":%q}`, subject)
	require.Eventually(c.t, func() bool { return c.sys.Stats().Members == members+1 }, 10*time.Second, time.Millisecond)
}

func TestPublishReachesEveryoneElse(t *testing.T) {
	sys := newSystem(t, actors.Options{})
	a, b, outsider := connect(t, sys), connect(t, sys), connect(t, sys)
	a.subscribe("room-1")
	b.subscribe("room-1")

	a.send(`{"cmd":"publish","subject":"room-1","event":"call","data":null}`)
	require.Equal(t, `{"cmd":"publish","event":"call","data":null}`, b.next())
	b.send(`{"cmd":"publish","subject":"room-1","event":"offer","data":{"type":"offer","sdp":"v=0"}}`)
	require.Equal(t, `{"cmd":"publish","event":"offer","data":{"type":"offer","sdp":"v=0"}}`, a.next(), "and not its own call")
	outsider.send(`{"cmd":"publish","subject":"room-1","event":"hello"}`)
	require.Equal(t, `{"cmd":"publish","event":"hello","data":null}`, a.next())
	require.Equal(t, `{"cmd":"publish","event":"hello","data":null}`, b.next())
}

func TestSecondSubscribeChangesNothing(t *testing.T) {
	sys := newSystem(t, actors.Options{})
	a, b := connect(t, sys), connect(t, sys)
	a.subscribe("s")
	a.send(`{"cmd":"subscribe","subject":"s"}`)
	a.send(`{"cmd":"subscribe","subject":"s"}`)
	a.send(`{"cmd":"publish","subject":"elsewhere","event":"e"}`) // to nobody
	b.send(`{"cmd":"publish","subject":"s","event":"once"}`)
	b.send(`{"cmd":"publish","subject":"s","event":"fence"}`)
	require.Equal(t, `{"cmd":"publish","event":"once","data":null}`, a.next())
	require.Equal(t, `{"cmd":"publish","event":"fence","data":null}`, a.next())
}

func TestRefusalsAreTold(t *testing.T) {
	sys := newSystem(t, actors.Options{RoomCapacity: 1})
	a, b := connect(t, sys), connect(t, sys)
	a.send(`{"cmd":"subscribe"}`)
	require.Equal(t, `{"cmd":"error","code":"bad_request","message":"subject: missing"}`, a.next())
	a.subscribe("s")
	b.send(`{"cmd":"subscribe","subject":"s"}`)
	require.Contains(t, b.next(), `{"cmd":"error","code":"room_full"`)
}

func TestAnotherNamespaceIsOutOfReach(t *testing.T) {
	sys := newSystem(t, actors.Options{})
	a, b := connect(t, sys), connect(t, sys)
	native := &client{t: t, ready: make(chan struct{}, 1)}
	native.conn = sys.Connect(actors.ConnOptions{Format: format{}, Transport: native})
	defer native.conn.Ended(true)

	a.subscribe("s")
	join := actors.NewRequest()
	join.Kind, join.Room = wire.KindJoin, "s"
	native.conn.Do(join)
	send := actors.NewRequest()
	send.Kind, send.Room, send.Event = wire.KindSend, "s", "secret"
	native.conn.Do(send)
	b.send(`{"cmd":"publish","subject":"s","event":"fence"}`)
	require.Equal(t, `{"cmd":"publish","event":"fence","data":null}`, a.next(), "not the secret")
	require.Equal(t, 2, sys.Stats().Rooms, "two rooms of one name")
}

func TestSubscriptionsEndWithTheirSocket(t *testing.T) {
	sys := newSystem(t, actors.Options{})
	a := connect(t, sys)
	c := &client{t: t, sys: sys, s: session{}, ready: make(chan struct{}, 1)}
	c.conn = sys.Connect(actors.ConnOptions{Namespace: "swoole", Format: format{}, Transport: c, Ephemeral: true})
	c.subscribe("s")
	a.subscribe("other")
	require.Equal(t, 2, sys.Stats().Rooms)
	c.conn.Ended(false)
	require.Eventually(t, func() bool { return sys.Stats().Rooms == 1 }, 5*time.Second, 5*time.Millisecond)
}

func TestTraits(t *testing.T) {
	require.Equal(t, "swoole", New().Name())
	require.Equal(t, dialect.Traits{Ephemeral: true, Roomless: true}, New().Traits())
	require.Equal(t, New().Open(&dialect.Handshake{}), New().Open(&dialect.Handshake{}), "one session for all")
}
