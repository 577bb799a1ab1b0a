package gateway

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestEcho(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(text("hello"))
		p.want(ws.OpText, "hello")
		p.write(ping("you there?") + binaryMsg("\x00\xff") + masked(0x8a, "an unasked pong") + text(""))
		p.want(ws.OpPong, "you there?")
		p.want(ws.OpBinary, "\x00\xff")
		p.write(closing(1000, "done"))
		p.wantClose(1000)
		p.wantEnd()
	})
}

// TestSizes echoes messages at the bounds of the three length encodings, up to the limit.
func TestSizes(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		for _, n := range []int{1, 125, 126, 127, 4096, 0xffff, wire.MaxMessage} {
			m := strings.Repeat("é", n/2) + strings.Repeat("e", n%2)
			p.write(text(m))
			p.want(ws.OpText, m)
		}
	})
}

// conversation holds each kind of frame, and fragments with a ping between them. It gives the
// answers of conversationAnswers.
var conversation = text("one") + masked(0x01, "tw") + ping("p") + masked(0x00, "") + masked(0x80, "o") +
	text(strings.Repeat("long ", 100)) + masked(0x02, "\xff") + masked(0x80, "\xfe") +
	masked(0x01, "\xe2\x82") + ping("") + masked(0x00, "\xac") + masked(0x80, "\xf0\x9f\x98\x80")

func conversationAnswers(p *peer) {
	p.Helper()
	p.wantEach("one", "two", strings.Repeat("long ", 100), "\xff\xfe", "€😀")
}

// wantEach reads these messages; pings and pongs may come anywhere between them, for the
// actor's output and the gateway's own frames have no order among each other.
func (p *peer) wantEach(messages ...string) {
	p.Helper()
	for len(messages) > 0 {
		op, b := p.frame()
		if op.IsControl() {
			continue
		}
		require.Equal(p, messages[0], b)
		messages = messages[1:]
	}
}

func TestFramesInOneSegment(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(conversation)
		conversationAnswers(p)
	})
}

func TestOneByteAtATime(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.dial(t)
		for _, c := range []byte(upgradeHead("/echo") + conversation) {
			p.write(string([]byte{c}))
		}
		require.Equal(t, 101, p.response().StatusCode)
		conversationAnswers(p)
	})
}

func TestFramesAcrossSegments(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		m := strings.Repeat("0123456789abcdef", wire.MaxMessage/16)
		all := text(m) + text("after")
		for len(all) > 0 {
			n := min(len(all), 1000)
			p.write(all[:n])
			all = all[n:]
		}
		p.want(ws.OpText, m)
		p.want(ws.OpText, "after")
	})
}

// TestMoreThanOneTurn sends more messages in one segment than a turn takes.
func TestMoreThanOneTurn(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		const n = 5*messagesPerTurn + 1
		var all strings.Builder
		for i := range n {
			all.WriteString(text(fmt.Sprint("message ", i)))
		}
		p.write(all.String())
		for i := range n {
			p.want(ws.OpText, fmt.Sprint("message ", i))
		}
		p.write(text("the last word") + closing(1000, ""))
		p.want(ws.OpText, "the last word")
		p.wantClose(1000)
	})
}

func TestBrokenFrames(t *testing.T) {
	unmasked := "\x81\x02hi"
	big := strings.Repeat("x", wire.MaxMessage)
	cases := []struct {
		name, bytes string
		code        int
	}{
		{"unmasked", unmasked, 1002},
		{"RSV1", masked(0xc1, "hi"), 1002},
		{"RSV2", masked(0xa1, "hi"), 1002},
		{"RSV3", masked(0x91, "hi"), 1002},
		{"reserved opcode 3", masked(0x83, "hi"), 1002},
		{"reserved opcode 7", masked(0x87, "hi"), 1002},
		{"reserved control opcode", masked(0x8b, "hi"), 1002},
		{"reserved control opcode f", masked(0x8f, "hi"), 1002},
		{"ping in two fragments", masked(0x09, "hi"), 1002},
		{"close without FIN", masked(0x08, ""), 1002},
		{"long ping", masked(0x89, strings.Repeat("x", 126)), 1002},
		{"long close", masked(0x88, "\x03\xe8"+strings.Repeat("x", 124)), 1002},
		{"continuation of nothing", masked(0x80, "hi"), 1002},
		{"continuation of nothing, unfinished", masked(0x00, "hi"), 1002},
		{"message within a message", masked(0x01, "a") + text("b"), 1002},
		{"16 bits for a short length", "\x81\xfe\x00\x7d" + "mask" + strings.Repeat("x", 125), 1002},
		{"64 bits for a short length", "\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff" + "mask", 1002},
		{"negative length", "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00" + "mask", 1002},
		{"all bits of the length", "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" + "mask", 1002},
		{"close with one byte", masked(0x88, "\x03"), 1002},
		{"text that is not UTF-8", text("\xff"), 1007},
		{"text with a surrogate", text("\xed\xa0\x80"), 1007},
		{"text that ends within a character", text("\xe2\x82"), 1007},
		{"fragments that are not UTF-8", masked(0x01, "\xe2") + masked(0x80, "\x28\xa1"), 1007},
		{"reason that is not UTF-8", closing(1000, "\xff"), 1007},
		{"too big", masked(0x82, big+"x"), 1009},
		{"too big, by its header only", "\x82\xff\x00\x00\x00\x00\x00\x01\x00\x01" + "mask", 1009},
		{"too big, by far", "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + "mask", 1009},
		{"too big in fragments", masked(0x02, big) + masked(0x80, "x"), 1009},
		{"too big in fragments, by a header", masked(0x02, "x") + "\x80\xff\x00\x00\x00\x00\x00\x01\x00\x00" + "mask", 1009},
	}
	for code := range 5200 {
		if !closeCodeAllowed(code) && (code > 995 && code < 1100 || code%700 == 0 || code > 4998) {
			cases = append(cases, struct {
				name, bytes string
				code        int
			}{fmt.Sprint("close code ", code), closing(code, ""), 1002})
		}
	}
	both(t, nil, func(t *testing.T, s *server) {
		bystander := s.ws(t, "/echo")
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				p := s.ws(t, "/echo")
				p.write(text("before") + c.bytes)
				p.wantClose(c.code)
				p.Close()
			})
		}
		bystander.write(text("still here"))
		bystander.want(ws.OpText, "still here")
		require.Zero(t, s.g.Stats().Panics)
	})
}

func TestCloseCodesOfTheClient(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		for _, code := range []int{1000, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999} {
			p := s.ws(t, "/echo")
			p.write(closing(code, "so long"))
			p.wantClose(code)
			p.wantEnd()
		}
		p := s.ws(t, "/echo")
		p.write(masked(0x88, ""))
		p.wantClose(codeNone)
		p.wantEnd()
		s.wantConnections(0)
		require.Equal(t, [Endings]uint64{EndedByPeer: 10}, s.g.Stats().Ended)
	})
}

// TestCloseByTheServer: what the client still sends is read past, and its answer ends it.
func TestCloseByTheServer(t *testing.T) {
	both(t, func(o *Options) { o.CloseTimeout = time.Hour }, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(text("before") + text("close") + text("after") + "\x81\xfe")
		p.want(ws.OpText, "before")
		require.Equal(t, "as you wish", p.wantClose(actors.CloseKicked))
		p.write("\x00\x7f" + "mask" + strings.Repeat("y", 127) + unmaskedPing + closing(4410, ""))
		p.wantEnd()
		s.wantConnections(0)
	})
}

const unmaskedPing = "\x89\x00" // against the rules, which no longer matter

// TestFailureThenAnswer: after a violation too, the peer's close frame is found behind the
// frame that broke the rules.
func TestFailureThenAnswer(t *testing.T) {
	both(t, func(o *Options) { o.CloseTimeout = time.Hour }, func(t *testing.T, s *server) {
		for _, bad := range []string{masked(0x82, strings.Repeat("x", 100<<10)), masked(0xf1, "rsv"), text("\xff"), unmaskedPing} {
			p := s.ws(t, "/echo")
			p.write(bad + text("more"))
			p.wantClose(map[bool]int{true: 1009}[len(bad) > 1000] | map[bool]int{true: 1007}[bad == text("\xff")] |
				map[bool]int{true: 1002}[bad[0] == 0xf1 || bad == unmaskedPing])
			p.write(closing(1000, ""))
			p.wantEnd()
		}
	})
}

func TestCloseWithoutAnAnswer(t *testing.T) {
	both(t, func(o *Options) { o.CloseTimeout = 50 * time.Millisecond }, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(text("close"))
		p.wantClose(actors.CloseKicked)
		_, err := io.ReadAll(p.br)
		if err != nil {
			require.ErrorContains(t, err, "reset")
		}
	})
}

func TestAbruptEnds(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		for _, end := range []func(p *peer){
			func(p *peer) { p.Close() },
			func(p *peer) { tcp(p).SetLinger(0); p.Close() },
			func(p *peer) { tcp(p).CloseWrite() },
			func(p *peer) { p.write(text("half a frame")[:5]); p.Close() },
		} {
			p := s.ws(t, "/echo")
			s.wantConnections(1)
			end(p)
			s.wantConnections(0)
		}
		require.Equal(t, uint64(4), s.g.Stats().Ended[EndedLost])
	})
}

// TestManyPings: answered one by one while the socket takes them.
func TestManyPings(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		var all strings.Builder
		for i := range 20 {
			all.WriteString(ping(fmt.Sprint(i)))
		}
		p.write(all.String())
		for i := range 20 {
			p.want(ws.OpPong, fmt.Sprint(i))
		}
	})
}

// TestPingsToAFullSocket: whoever pings without reading is owed one pong, not thousands, and
// no pong lands within a message.
func TestPingsToAFullSocket(t *testing.T) {
	both(t, deepQueues, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(text("flood"))
		op, b := p.frame() // what the kernel takes is written by now, or soon
		require.Equal(t, floodSize, len(b), op)
		const pings = 5000
		for i := range pings {
			p.write(ping(fmt.Sprint(i)))
		}
		last, pongs := "", 0
		for messages := 1; messages < floods || last != fmt.Sprint(pings-1); {
			op, b := p.frame()
			if op == ws.OpPong {
				last = b
				pongs++
			}
			if op.IsControl() {
				continue
			}
			require.Equal(t, floodSize, len(b))
			messages++
		}
		require.Less(t, pongs, pings)
	})
}
