package gateway_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// raw is a client in JSON that does what it is told, good or bad, and of its own accord only
// answers pings.
type raw struct {
	*net.TCPConn
	br   *bufio.Reader
	mute bool // it answers no pings
}

// patience is how long anything may take on a busy machine.
const patience = 20 * time.Second

// closed is the end of a connection by the server's close frame.
type closed int

func (c closed) Error() string { return fmt.Sprintf("closed with %d", int(c)) }

func dialTCP(addr string) (*net.TCPConn, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return nc.(*net.TCPConn), nc.SetDeadline(time.Now().Add(patience))
}

// dialRaw connects and upgrades.
func dialRaw(addr, path string) (*raw, error) {
	nc, err := dialTCP(addr)
	if err != nil {
		return nil, err
	}
	d := ws.Dialer{NetDial: func(context.Context, string, string) (net.Conn, error) { return nc, nil }}
	_, br, _, err := d.Dial(context.Background(), "ws://gateway.test"+path)
	if err != nil {
		nc.Close()
		return nil, err
	}
	if br == nil {
		br = bufio.NewReader(nc)
	}
	return &raw{TCPConn: nc, br: br}, nil
}

// frameOf is a request as a client's frame.
func frameOf(typ string, fields ...any) []byte {
	m := map[string]any{"type": typ}
	for i := 0; i < len(fields); i += 2 {
		m[fields[i].(string)] = fields[i+1]
	}
	return ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(roomtest.Encode(wire.JSON, m))))
}

func (r *raw) say(typ string, fields ...any) error {
	_, err := r.Write(frameOf(typ, fields...))
	return err
}

// frame reads the next frame.
func (r *raw) frame() (f ws.Frame, err error) {
	if f.Header, err = ws.ReadHeader(r.br); err != nil {
		return f, err
	}
	if f.Header.Length > 1<<20 {
		return f, fmt.Errorf("a frame of %d bytes", f.Header.Length)
	}
	f.Payload = make([]byte, f.Header.Length)
	_, err = io.ReadFull(r.br, f.Payload)
	return f, err
}

// next reads the next message.
func (r *raw) next() (roomtest.Msg, error) {
	if err := r.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	for {
		f, err := r.frame()
		if err != nil {
			return nil, err
		}
		switch f.Header.OpCode {
		case ws.OpText:
			return roomtest.Decode(wire.JSON, f.Payload)
		case ws.OpPing:
			if !r.mute {
				_, _ = r.Write(ws.MustCompileFrame(ws.MaskFrame(ws.NewPongFrame(f.Payload))))
			}
		case ws.OpClose:
			code := closed(1005)
			if len(f.Payload) >= 2 {
				code = closed(binary.BigEndian.Uint16(f.Payload))
			}
			_, _ = r.Write(ws.MustCompileFrame(ws.MaskFrame(f)))
			return nil, code
		}
	}
}

// expect reads up to the next message of that type, passing over others.
func (r *raw) expect(typ string) (roomtest.Msg, error) {
	for {
		m, err := r.next()
		if err != nil {
			return nil, fmt.Errorf("waiting for %s: %w", typ, err)
		}
		if m.Type() == typ {
			return m, nil
		}
	}
}

// join enters a room.
func (r *raw) join(room string, fields ...any) (roomtest.Msg, error) {
	if err := r.say("join", append([]any{"room", room}, fields...)...); err != nil {
		return nil, err
	}
	m, err := r.next()
	if err == nil && m.Type() != "joined" {
		err = fmt.Errorf("joining %s: %v", room, m)
	}
	return m, err
}

// reset closes the socket with RST.
func (r *raw) reset() {
	_ = r.SetLinger(0)
	_ = r.Close()
}

// end reads to the connection's end, and returns the close code that came, or 0.
func (r *raw) end() (int, error) {
	for {
		_, err := r.next()
		switch err := err.(type) {
		case nil:
		case closed:
			_, _ = io.Copy(io.Discard, r.br)
			return int(err), nil
		case net.Error:
			if err.Timeout() {
				return 0, fmt.Errorf("still open: %w", err)
			}
			return 0, nil
		default:
			return 0, nil
		}
	}
}
