package gateway

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
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
		st := s.sys.Stats()
		require.Equal(t, actors.Stats{Connections: n, Rooms: 1, Members: n, HistoryBytes: st.HistoryBytes}, st)
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
		require.Equal(t, [Endings]uint64{EndedTooSlow: 1}, s.g.Stats().Ended)
	})
}

// TestFullRoomHoldsItsSenders: while a room cannot run, its senders are not read from any
// more; others on their shard are; and nothing is lost.
func TestFullRoomHoldsItsSenders(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		// Dealt out to the two shards in turn.
		holder, sender := s.ws(t, "/echo"), s.ws(t, "/ws")
		reader, leaver := s.ws(t, "/ws"), s.ws(t, "/ws")
		reader.join("r") // the room runs where its first member is: on the holder's shard
		sender.join("r")
		leaver.join("r")
		holder.write(text("hold"))
		<-held
		release := sync.OnceFunc(func() { held <- struct{}{} })
		defer release()
		const n = 3000 // more than the room's mailbox holds
		send := func(p *peer, what string) {
			for i := range n {
				io.WriteString(p.Conn, text(fmt.Sprintf(`{"type":"send","room":"r","event":"e","data":"%s %d"}`, what, i)))
			}
		}
		send(sender, "a")
		send(leaver, "b")
		s.wantBlocked(2)
		tcp(leaver).SetLinger(0)
		leaver.Close() // what it has not got through is lost with it

		s.dial(t).write(upgradeHead("/echo")) // goes to the holder's shard
		require.Eventually(t, func() bool { return s.g.next.Load() == 5 }, patience, time.Millisecond)
		witness := s.ws(t, "/echo")
		witness.write(text("still served"))
		witness.want(ws.OpText, "still served")

		release()
		next := 0
		for next < n {
			if e := reader.event(); e[1] == 'a' {
				require.Equal(t, fmt.Sprintf(`"a %d"`, next), e)
				next++
			}
		}
		s.wantBlocked(0)
	})
}

// wantBlocked waits for the number of connections that are not read from for a full room.
func (s *server) wantBlocked(n int) {
	s.Helper()
	require.Eventually(s, func() bool {
		found := 0
		for _, shard := range s.g.shards[:1] { // the other one may be held up
			counted := make(chan int, 1)
			shard.call(func() {
				blocked := 0
				for _, k := range shard.slots {
					if k != nil && k.blocked {
						blocked++
					}
				}
				counted <- blocked
			})
			found += <-counted
		}
		return found == n
	}, patience, time.Millisecond)
}
