package server_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

func TestMain(m *testing.M) {
	// net/http lingers for half a second over a connection that it closes.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// start runs an engine on a free port of loopback until the test ends.
func start(t *testing.T, cfg server.Config) *server.Server {
	t.Helper()
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	s, err := server.New(cfg)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.Shutdown(ctx)
	})
	return s
}

// client is a bare WebSocket client.
type client struct {
	t     *testing.T
	conn  net.Conn
	rw    io.ReadWriter // conn, after what came with the handshake
	codec wire.Codec
}

// dial opens a WebSocket at path with the given subprotocols.
func dial(t *testing.T, s *server.Server, path string, protocols ...string) *client {
	t.Helper()
	return dialURL(t, strings.Replace(s.URL(), "http", "ws", 1)+strings.TrimPrefix(path, "/"), protocols...)
}

func dialURL(t *testing.T, url string, protocols ...string) *client {
	t.Helper()
	c, err := dialWith(t, url, ws.Dialer{Protocols: protocols})
	require.NoError(t, err)
	return c
}

// dialWith opens a WebSocket with a dialer's subprotocols and header, or is told why it may not.
func dialWith(t *testing.T, url string, d ws.Dialer) (*client, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, br, hs, err := d.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	c := &client{t: t, conn: conn, rw: conn}
	if br != nil {
		c.rw = struct {
			*bufio.Reader
			io.Writer
		}{br, conn}
	}
	if len(d.Protocols) > 0 {
		require.Equal(t, d.Protocols[0], hs.Protocol)
	}
	return c, nil
}

var protocols = map[wire.Codec]string{wire.JSON: "parley.v1.json", wire.Msgpack: "parley.v1.msgpack"}

// connect opens a WebSocket of Parley's own protocol.
func connect(t *testing.T, s *server.Server, codec wire.Codec) *client {
	t.Helper()
	c := dial(t, s, "/ws", protocols[codec])
	c.codec = codec
	return c
}

func (c *client) op() ws.OpCode {
	if c.codec == wire.Msgpack {
		return ws.OpBinary
	}
	return ws.OpText
}

func (c *client) write(payload string) {
	c.t.Helper()
	require.NoError(c.t, wsutil.WriteClientMessage(c.conn, c.op(), []byte(payload)))
}

// read returns the next message's payload.
func (c *client) read() string {
	c.t.Helper()
	payload, op, err := wsutil.ReadServerData(c.rw)
	require.NoError(c.t, err)
	require.Equal(c.t, c.op(), op)
	return string(payload)
}

func (c *client) send(r *wire.Request) {
	c.t.Helper()
	c.write(string(wire.AppendRequest(nil, c.codec, r)))
}

// next reads the next message, which must be an M.
func next[M wire.Message](c *client) M {
	c.t.Helper()
	m, err := wire.DecodeMessage(c.codec, []byte(c.read()))
	require.NoError(c.t, err)
	require.IsType(c.t, *new(M), m)
	return m.(M)
}

func (c *client) join(room string, id uint64) *wire.Joined {
	c.t.Helper()
	c.send(&wire.Request{Kind: wire.KindJoin, ID: id, Room: room})
	j := next[*wire.Joined](c)
	require.Equal(c.t, id, j.ID)
	require.Equal(c.t, room, j.Room)
	return j
}

// closed reads the close frame, which must be next, and returns its code.
func (c *client) closed() ws.StatusCode {
	c.t.Helper()
	_, _, err := wsutil.ReadServerData(c.rw)
	var closed wsutil.ClosedError
	require.ErrorAs(c.t, err, &closed)
	return closed.Code
}
