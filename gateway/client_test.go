package gateway

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"
)

const testKey = "dGhlIHNhbXBsZSBub25jZQ=="

// upgradeHead is a request for an upgrade at path, with more header lines.
func upgradeHead(path string, more ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Key: " + testKey + "\r\nSec-WebSocket-Version: 13\r\n" + strings.Join(append(more, ""), "\r\n") + "\r\n"
}

// peer is a client that does nothing of its own accord: it can break every rule.
type peer struct {
	*testing.T
	net.Conn
	br *bufio.Reader
}

func newPeer(t *testing.T, nc net.Conn) *peer {
	t.Cleanup(func() { nc.Close() })
	return &peer{t, nc, bufio.NewReader(nc)}
}

// dial connects, and fails reads that take longer than a test may.
func (s *server) dial(t *testing.T) *peer {
	nc, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	require.NoError(t, nc.SetReadDeadline(time.Now().Add(patience)))
	return newPeer(t, nc)
}

// ws connects and upgrades.
func (s *server) ws(t *testing.T, path string, more ...string) *peer {
	p := s.dial(t)
	p.upgrade(path, more...)
	return p
}

func (p *peer) upgrade(path string, more ...string) *http.Response {
	p.write(upgradeHead(path, more...))
	r := p.response()
	require.Equal(p, http.StatusSwitchingProtocols, r.StatusCode)
	require.Equal(p, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", r.Header.Get("Sec-WebSocket-Accept"))
	require.Empty(p, r.Header.Get("Sec-WebSocket-Extensions"))
	return r
}

func (p *peer) write(s string) {
	p.Helper()
	_, err := io.WriteString(p.Conn, s)
	require.NoError(p, err)
}

// response reads an HTTP answer, body included.
func (p *peer) response() *http.Response {
	p.Helper()
	r, err := http.ReadResponse(p.br, nil)
	require.NoError(p, err)
	if r.StatusCode != http.StatusSwitchingProtocols {
		_, err = io.ReadAll(r.Body)
		require.NoError(p, err)
	}
	return r
}

// masked is a client's frame. first is its first byte: FIN, RSV and opcode.
func masked(first byte, payload string) string {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := [4]byte{0xde, 0xad, 0xbe, 0xef}
	b = append(b, mask[:]...)
	body := []byte(payload)
	ws.Cipher(body, mask, 0)
	return string(append(b, body...))
}

func text(s string) string      { return masked(0x81, s) }
func binaryMsg(s string) string { return masked(0x82, s) }
func ping(s string) string      { return masked(0x89, s) }
func closing(code int, reason string) string {
	return masked(0x88, string(binary.BigEndian.AppendUint16(nil, uint16(code)))+reason)
}

// frame reads one frame of the server: whole, and not masked.
func (p *peer) frame() (ws.OpCode, string) {
	p.Helper()
	h, err := ws.ReadHeader(p.br)
	require.NoError(p, err)
	require.True(p, h.Fin)
	require.False(p, h.Masked)
	require.Zero(p, h.Rsv)
	b := make([]byte, h.Length)
	_, err = io.ReadFull(p.br, b)
	require.NoError(p, err)
	return h.OpCode, string(b)
}

// message reads the next text message, and answers pings meanwhile.
func (p *peer) message() string {
	p.Helper()
	for {
		op, b := p.frame()
		if op == ws.OpText {
			return b
		}
		require.Equal(p, ws.OpPing, op, b)
		p.write(masked(0x8a, b))
	}
}

// want reads the next frame. The gateway's pings, which come when they come, are passed over
// unless one is wanted.
func (p *peer) want(op ws.OpCode, payload string) {
	p.Helper()
	gotOp, got := p.frame()
	for gotOp == ws.OpPing && op != ws.OpPing {
		gotOp, got = p.frame()
	}
	require.Equal(p, op, gotOp)
	require.Equal(p, payload, got)
}

// wantClose reads up to the server's close frame and returns its reason.
func (p *peer) wantClose(code int) string {
	p.Helper()
	for {
		op, b := p.frame()
		if op != ws.OpClose {
			continue
		}
		if code == codeNone {
			require.Empty(p, b)
			return ""
		}
		require.GreaterOrEqual(p, len(b), 2)
		require.Equal(p, code, int(binary.BigEndian.Uint16([]byte(b))), b[2:])
		return b[2:]
	}
}

// wantEnd reads to the end of the stream, where nothing more may come.
func (p *peer) wantEnd() {
	p.Helper()
	rest, err := io.ReadAll(p.br)
	require.NoError(p, err)
	require.Empty(p, rest)
}

func tcp(p *peer) *net.TCPConn { return p.Conn.(*net.TCPConn) }
