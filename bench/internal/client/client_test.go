package client

import (
	"bytes"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/gateway/poll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder notes what it is told and stops the loop when it is told enough.
type recorder struct {
	loop   *Loop
	events []string
	errs   []error
	opened func(c *Conn)
	until  int
}

const untilClosed = 1 << 30

func (r *recorder) note(what string) {
	r.events = append(r.events, what)
	if len(r.events) >= r.until {
		r.loop.Stop()
	}
}

func (r *recorder) Opened(c *Conn) {
	r.note("opened")
	if r.opened != nil {
		r.opened(c)
	}
}

func (r *recorder) Received(_ *Conn, m []byte) {
	text := string(m)
	if len(text) > 100 {
		text = text[:5] + "…" // long ones by their length
		text += strings.Repeat("+", len(m)>>20)
	}
	r.note("got " + text)
}
func (r *recorder) Ponged(*Conn) { r.note("pong") }
func (r *recorder) Closed(_ *Conn, err error) {
	r.errs = append(r.errs, err)
	r.note("closed")
	if r.until == untilClosed {
		r.loop.Stop()
	}
}

// against runs a loop with one connection to a server's side, by both kinds of readiness,
// until there were so many events.
func against(t *testing.T, until int, opened func(c *Conn), serve func(t *testing.T, c net.Conn)) (all []*recorder) {
	for _, portable := range []bool{false, true} {
		all = append(all, againstBy(t, portable, until, opened, serve))
	}
	return all
}

func againstBy(t *testing.T, portable bool, until int, opened func(c *Conn), serve func(t *testing.T, c net.Conn)) *recorder {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := ln.Accept()
		if err == nil {
			serve(t, c)
			c.Close()
		}
	}()
	u, err := ParseURL("ws://" + ln.Addr().String() + "/x")
	require.NoError(t, err)
	target := &Target{URL: u}
	require.NoError(t, target.Prepare())
	l, err := New(target, target.Sources(3), portable)
	require.NoError(t, err)
	r := &recorder{loop: l, opened: opened, until: until}
	l.Dial(r, 0)
	require.NoError(t, l.Run(func(int64) int64 { return math.MaxInt64 }))
	require.NoError(t, l.Close())
	ln.Close()
	<-done
	return r
}

// upgrade accepts the WebSocket.
func upgrade(t *testing.T, c net.Conn) {
	_, err := ws.Upgrade(c)
	require.NoError(t, err)
}

// nextFrame reads one frame of the client.
func nextFrame(t *testing.T, c net.Conn) (ws.OpCode, string) {
	h, err := ws.ReadHeader(c)
	require.NoError(t, err)
	require.True(t, h.Masked)
	b := make([]byte, h.Length)
	_, err = io.ReadFull(c, b)
	require.NoError(t, err)
	ws.Cipher(b, h.Mask, 0)
	return h.OpCode, string(b)
}

func TestMessagesBothWays(t *testing.T) {
	send := func(c *Conn) {
		c.Send([]byte("short"))
		c.Send(bytes.Repeat([]byte("x"), 300))
		c.Send(bytes.Repeat([]byte("y"), 70000))
	}
	for _, r := range against(t, 5, send, func(t *testing.T, c net.Conn) {
		upgrade(t, c)
		for _, n := range []int{5, 300, 70000} {
			b, err := wsutil.ReadClientText(c)
			require.NoError(t, err)
			require.Len(t, b, n)
			require.NoError(t, wsutil.WriteServerText(c, b))
		}
		require.NoError(t, wsutil.WriteServerText(c, bytes.Repeat([]byte("z"), 3<<20)))
	}) {
		require.Equal(t, []string{"opened", "got short", "got xxxxx…", "got yyyyy…", "got zzzzz…+++"}, r.events)
		require.EqualValues(t, 4, r.loop.Stats.Received)
		require.EqualValues(t, 3, r.loop.Stats.Sent)
	}
}

// What a slow connection does not read waits at the server's side. Its end is noticed.
func TestASlowConnectionReadsNothing(t *testing.T) {
	if !poll.HaveDescriptors {
		t.Skip("the end is noticed by epoll only")
	}
	frames := bytes.Repeat(ws.MustCompileFrame(ws.NewTextFrame(make([]byte, 1000))), 1000)
	r := againstBy(t, false, untilClosed, func(c *Conn) { c.Slow() }, func(t *testing.T, c net.Conn) {
		upgrade(t, c)
		require.NoError(t, c.SetWriteDeadline(time.Now().Add(500*time.Millisecond)))
		err := error(nil)
		for err == nil {
			_, err = c.Write(frames)
		}
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, c.(*net.TCPConn).SetLinger(0)) // a reset, as of a server that cuts it
	})
	require.Equal(t, "opened", r.events[0])
	require.Equal(t, "closed", r.events[len(r.events)-1])
	require.Less(t, r.loop.Stats.BytesIn, uint64(1<<20), "what came with the upgrade")
}

// Frames cut at every byte, and many in one read.
func TestFramesInPieces(t *testing.T) {
	for _, r := range against(t, 6, nil, func(t *testing.T, c net.Conn) {
		upgrade(t, c)
		var b bytes.Buffer
		for _, f := range []ws.Frame{
			ws.NewTextFrame([]byte("one")), ws.NewPingFrame([]byte("?")), ws.NewTextFrame(nil),
			ws.NewFrame(ws.OpText, false, []byte("fra")), ws.NewPingFrame(nil),
			ws.NewFrame(ws.OpContinuation, false, []byte("gm")), ws.NewFrame(ws.OpContinuation, true, []byte("ent")),
		} {
			require.NoError(t, ws.WriteFrame(&b, f))
		}
		for _, one := range b.Bytes() {
			_, err := c.Write([]byte{one})
			require.NoError(t, err)
		}
		require.NoError(t, wsutil.WriteServerText(c, []byte("two")))
		op, payload := nextFrame(t, c)
		require.Equal(t, ws.OpPong, op)
		require.Equal(t, "?", payload)
		require.NoError(t, ws.WriteFrame(c, ws.NewCloseFrame(ws.NewCloseFrameBody(4429, "slow"))))
	}) {
		require.Equal(t, []string{"opened", "got one", "got ", "got fragment", "got two", "closed"}, r.events)
		var ce *CloseError
		require.ErrorAs(t, r.errs[0], &ce)
		require.Equal(t, CloseError{4429, "slow"}, *ce)
		require.EqualValues(t, 2, r.loop.Stats.Pings)
	}
}

func TestCloseIsAnswered(t *testing.T) {
	for _, r := range against(t, 2, func(c *Conn) { c.Close(1000) }, func(t *testing.T, c net.Conn) {
		upgrade(t, c)
		op, _ := nextFrame(t, c)
		require.Equal(t, ws.OpClose, op)
		require.NoError(t, ws.WriteFrame(c, ws.NewCloseFrame(ws.NewCloseFrameBody(1000, ""))))
	}) {
		require.Equal(t, []string{"opened", "closed"}, r.events)
		require.NoError(t, r.errs[0])
	}
}

func TestServersThatDoWrong(t *testing.T) {
	raw := func(b string) func(t *testing.T, c net.Conn) {
		return func(t *testing.T, c net.Conn) {
			upgrade(t, c)
			_, err := c.Write([]byte(b))
			require.NoError(t, err)
			_, _ = c.Read(make([]byte, 1)) // until the client goes
		}
	}
	for name, c := range map[string]struct {
		serve func(t *testing.T, c net.Conn)
		want  error
	}{
		"masked":            {raw("\x81\x81abcd1"), errMasked},
		"reserved bit":      {raw("\xc1\x00"), errReserved},
		"reserved opcode":   {raw("\x83\x00"), errReserved},
		"huge":              {raw("\x81\x7f\x00\x00\x00\x10\x00\x00\x00\x00"), errHuge},
		"negative length":   {raw("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), errHuge},
		"binary":            {raw("\x82\x01x"), errKind},
		"late continuation": {raw("\x80\x01x"), errOrder},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range against(t, 2, nil, c.serve) {
				require.Equal(t, []string{"opened", "closed"}, r.events)
				require.ErrorIs(t, r.errs[0], c.want)
			}
		})
	}
}

func TestUpgradesThatFail(t *testing.T) {
	answer := func(text string) func(t *testing.T, c net.Conn) {
		return func(t *testing.T, c net.Conn) {
			_, err := c.Read(make([]byte, 4096))
			require.NoError(t, err)
			_, err = c.Write([]byte(text))
			require.NoError(t, err)
			_, _ = c.Read(make([]byte, 1))
		}
	}
	for text, want := range map[string]string{
		"HTTP/1.1 404 Not Found\r\n\r\n":                               "refused: 404 Not Found",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n":                     "Sec-WebSocket-Accept",
		"SSH-2.0-x\r\n\r\n":                                            "no HTTP answer",
		"HTTP/1.1 101 x\r\nx: " + strings.Repeat("y", 20_000) + "\r\n": "16384 bytes",
	} {
		for _, r := range against(t, 1, nil, answer(text)) {
			require.Equal(t, []string{"closed"}, r.events)
			require.ErrorContains(t, r.errs[0], want)
		}
	}
}

func TestHeader(t *testing.T) {
	b := []byte("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSEC-WebSocket-accept:  abc \r\n\r\n")
	require.Equal(t, "abc", header(b, acceptKey))
	require.Empty(t, header(b, protoKey))
}

// The alarm wakes a loop that nothing else does.
func TestTick(t *testing.T) {
	for _, portable := range []bool{false, true} {
		u, err := ParseURL("ws://127.0.0.1:1")
		require.NoError(t, err)
		target := &Target{URL: u}
		require.NoError(t, target.Prepare())
		l, err := New(target, nil, portable)
		require.NoError(t, err)
		start, ticks := Now(), 0
		require.NoError(t, l.Run(func(now int64) int64 {
			if now-start >= int64(20*time.Millisecond) {
				l.Stop()
			}
			ticks++
			return now + int64(2*time.Millisecond)
		}))
		require.LessOrEqual(t, ticks, 25, "it slept in between")
		require.NoError(t, l.Close())
	}
}

func TestParseURL(t *testing.T) {
	for _, text := range []string{"http://a", "ws://", "a:80", "ws://u:p@a/", "%"} {
		_, err := ParseURL(text)
		require.Error(t, err, text)
	}
}
