package gatewaytest

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

var (
	_ roomtest.Line    = (*Line)(nil)
	_ roomtest.Armer   = (*Line)(nil)
	_ roomtest.Staller = (*Line)(nil)
)

// Line is a WebSocket connection through a Proxy.
type Line struct {
	*Link
	op ws.OpCode // of the codec's messages
	nc net.Conn
	br *bufio.Reader

	// Guarded by mu
	mu  sync.Mutex
	rng *rand.Rand
}

// Dial opens a line in the codec's subprotocol.
func Dial(p *Proxy, path string, c wire.Codec, seed uint64) (*Line, error) {
	nc, link, err := p.Dial()
	if err != nil {
		return nil, err
	}
	l := &Line{Link: link, op: ws.OpText, nc: nc, br: bufio.NewReader(nc), rng: rand.New(rand.NewPCG(seed, 5))}
	if c == wire.Msgpack {
		l.op = ws.OpBinary
	}
	d := ws.Dialer{
		Protocols: []string{"parley.v1." + c.String()},
		Timeout:   20 * time.Second,
		NetDial:   func(context.Context, string, string) (net.Conn, error) { return nc, nil },
	}
	_, br, hs, err := d.Dial(context.Background(), "ws://gateway.test"+path)
	switch {
	case err != nil:
		nc.Close()
		return nil, err
	case hs.Protocol != d.Protocols[0]:
		nc.Close()
		return nil, errors.New("gatewaytest: the subprotocol is " + hs.Protocol)
	case br != nil:
		l.br = br // frames on the heels of the handshake
	}
	return l, nil
}

// Send implements roomtest.Line.
func (l *Line) Send(frame []byte) { l.Frame(l.op, frame) }

// Frame sends one unfragmented, masked frame of any kind.
func (l *Line) Frame(op ws.OpCode, payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var mask [4]byte
	binary.BigEndian.PutUint32(mask[:], l.rng.Uint32())
	f := ws.MaskFrameWith(ws.NewFrame(op, true, append([]byte(nil), payload...)), mask)
	b, err := ws.CompileFrame(f)
	if err != nil {
		panic(err)
	}
	l.nc.SetWriteDeadline(time.Now().Add(20 * time.Second))
	l.nc.Write(b) // a line that is down swallows it
}

// Recv implements roomtest.Line. It answers pings and close frames.
func (l *Line) Recv() ([]byte, int, bool) {
	for {
		h, err := ws.ReadHeader(l.br)
		if err != nil {
			l.nc.Close()
			return nil, 0, false
		}
		b := make([]byte, h.Length)
		if _, err := io.ReadFull(l.br, b); err != nil {
			l.nc.Close()
			return nil, 0, false
		}
		switch h.OpCode {
		case ws.OpPing:
			l.Frame(ws.OpPong, b)
		case ws.OpClose:
			l.Frame(ws.OpClose, b)
			io.Copy(io.Discard, l.br)
			l.nc.Close()
			code := 1005
			if len(b) >= 2 {
				code = int(binary.BigEndian.Uint16(b))
			}
			return nil, code, false
		case ws.OpPong:
		default:
			if h.OpCode != l.op || !h.Fin || h.Masked || h.Rsv != 0 {
				return []byte("a frame of the wrong kind"), 0, true
			}
			return b, 0, true
		}
	}
}

// Drop implements roomtest.Line: with FIN or RST, as it comes.
func (l *Line) Drop() {
	l.mu.Lock()
	reset := l.rng.IntN(2) == 0
	l.mu.Unlock()
	l.Break(reset)
}

// CloseClean implements roomtest.Line.
func (l *Line) CloseClean() { l.Frame(ws.OpClose, binary.BigEndian.AppendUint16(nil, 1000)) }
