package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

// join enters a room and returns the member's id.
func (p *peer) join(room string) string {
	p.Helper()
	p.write(text(`{"type":"join","id":1,"room":"` + room + `"}`))
	var joined struct {
		Type string
		Self struct{ Member string }
	}
	require.NoError(p, json.Unmarshal([]byte(p.message()), &joined))
	require.Equal(p, "joined", joined.Type)
	return joined.Self.Member
}

// event reads up to the next event and returns its data.
func (p *peer) event() string {
	p.Helper()
	for {
		var m struct {
			Type string
			Data json.RawMessage
		}
		require.NoError(p, json.Unmarshal([]byte(p.message()), &m))
		if m.Type == "event" {
			return string(m.Data)
		}
	}
}

// TestRoomOverShards: members on different shards, and one of each kind of socket.
func TestRoomOverShards(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		const n = 8
		var peers []*peer
		for range n {
			p := s.ws(t, "/ws")
			p.join("r")
			peers = append(peers, p)
		}
		const rounds = 200
		for i := range rounds {
			peers[i%n].write(text(fmt.Sprintf(`{"type":"send","room":"r","event":"e","data":%d}`, i)))
			for j, p := range peers {
				if j != i%n {
					require.Equal(t, fmt.Sprint(i), p.event())
				}
			}
		}
		require.Equal(t, actors.Stats{Connections: n, Rooms: 1, Members: n}, s.sys.Stats())
		for _, p := range peers {
			p.write(closing(1000, ""))
		}
		s.wantConnections(0)
		require.Eventually(t, func() bool { return s.sys.Stats().Rooms == 0 }, patience, time.Millisecond)
	})
}

func TestWrongKindOfFrame(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/ws")
		p.write(binaryMsg("\x80"))
		p.wantClose(actors.CloseUnsupported)
		p = s.ws(t, "/ws", "Sec-WebSocket-Protocol: parley.v1.msgpack")
		p.write(text("{}"))
		p.wantClose(actors.CloseUnsupported)
	})
}

func TestMsgpack(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/ws", "Sec-WebSocket-Protocol: parley.v1.msgpack")
		p.write(binaryMsg("\x81\xa4type\xa4ping"))
		p.want(ws.OpBinary, "\x81\xa4type\xa4pong")
	})
}

// TestBadMessages are answered, and the connection lives on, up to a limit.
func TestBadMessages(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/ws")
		for _, m := range []string{"", "{", "null", "[]", `{"type":"ping"} `, `{"type":"nope"}`, `{"type":"send","id":7,"room":"r"}`} {
			p.write(text(m))
			require.NotEmpty(t, p.message(), m)
		}
		for range 40 {
			io.WriteString(p.Conn, text("{"))
		}
		p.wantClose(actors.ClosePolicy)
	})
}

// TestSlowReader: a member that never reads is closed as too slow; the others get everything,
// in order, and it can come back.
func TestSlowReader(t *testing.T) {
	both(t, func(o *Options) { o.CloseTimeout = patience / 100 }, func(t *testing.T, s *server) {
		slow, reader, sender := s.ws(t, "/ws"), s.ws(t, "/ws"), s.ws(t, "/ws")
		slow.join("r")
		reader.join("r")
		sender.join("r")
		pad := strings.Repeat("x", 32<<10)
		const n = 400 // 13 MB, more than the kernel's buffers hold
		credit := make(chan struct{}, 16)
		go func() {
			for i := range n {
				credit <- struct{}{}
				io.WriteString(sender.Conn, text(fmt.Sprintf(`{"type":"send","room":"r","event":"e","data":"%d %s"}`, i, pad)))
			}
		}()
		for i := range n {
			require.Equal(t, fmt.Sprintf(`"%d %s"`, i, pad), reader.event())
			<-credit
		}
		s.wantConnections(2)
		require.Equal(t, map[int]uint64{actors.CloseTooSlow: 1}, s.g.Stats().Closed)
	})
}

// TestFullRoomHoldsItsSenders: many connections send far more than the room's mailbox holds;
// they are not read from meanwhile, and nothing is lost.
func TestFullRoomHoldsItsSenders(t *testing.T) {
	both(t, func(o *Options) { o.Shards = 1 }, func(t *testing.T, s *server) {
		reader := s.ws(t, "/ws")
		reader.join("r")
		const senders, each = 60, 300
		for i := range senders {
			p := s.ws(t, "/ws")
			p.join("r")
			go io.Copy(io.Discard, p.br)
			var all strings.Builder
			for j := range each {
				all.WriteString(text(fmt.Sprintf(`{"type":"send","room":"r","event":"e","data":[%d,%d]}`, i, j)))
			}
			go io.WriteString(p.Conn, all.String())
		}
		next := [senders]int{}
		for range senders * each {
			var at [2]int
			require.NoError(t, json.Unmarshal([]byte(reader.event()), &at))
			require.Equal(t, next[at[0]], at[1], "from sender %d", at[0])
			next[at[0]]++
		}
	})
}
