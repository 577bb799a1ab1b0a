package gateway

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

// short is a gateway whose memory is short when the test says so, in a bubble.
func short(t *testing.T, f func(t *testing.T, g *Gateway, l *pipes, short *atomic.Bool)) {
	var over atomic.Bool
	bubble(t, func(o *Options) { o.Overloaded = over.Load }, func(t *testing.T, g *Gateway, l *pipes) { f(t, g, l, &over) })
}

// keepAlive sends what keeps p from being given up: a byte more of a frame, now and then.
func keepAlive(p *peer, d time.Duration, piece string) {
	for range d / (5 * time.Second) {
		if _, err := p.Conn.Write([]byte(piece)); err != nil {
			return
		}
		time.Sleep(5 * time.Second)
	}
}

// answerPings reads on and on; what it reads that is no ping is counted.
func answerPings(p *peer, heard *atomic.Int64) {
	for {
		h, err := ws.ReadHeader(p.br)
		if err != nil {
			return
		}
		if _, err := p.br.Discard(int(h.Length)); err != nil {
			return
		}
		if h.OpCode == ws.OpPing {
			p.Conn.Write([]byte(masked(0x8a, "")))
		} else {
			heard.Add(1)
		}
	}
}

// TestWhoNeverReadsIsCutWhereMemoryIsShort: below the bound for one, with all its pings sent. Who
// reads goes on.
func TestWhoNeverReadsIsCutWhereMemoryIsShort(t *testing.T) {
	short(t, func(t *testing.T, g *Gateway, l *pipes, short *atomic.Bool) {
		slow, reader, sender := l.dial(t), l.dial(t), l.dial(t)
		for _, p := range []*peer{slow, reader, sender} {
			p.upgrade("/ws")
			p.join("r")
		}
		var heard, own atomic.Int64
		go answerPings(reader, &heard)
		go answerPings(sender, &own)
		for range 5 {
			sender.write(text(`{"type":"send","room":"r","event":"e","data":"` + strings.Repeat("x", 60<<10) + `"}`))
		}
		keepAlive(slow, time.Minute, ping(""))
		require.Equal(t, 3, g.Stats().Connections, "300 KiB may wait")
		require.GreaterOrEqual(t, heard.Load(), int64(5))
		short.Store(true)
		keepAlive(slow, 25*time.Second+5*time.Second, ping(""))
		synctest.Wait()
		time.Sleep(6 * time.Second) // for the goodbye
		synctest.Wait()
		require.Equal(t, 2, g.Stats().Connections)
		require.Equal(t, [Endings]uint64{EndedTooSlow: 1}, g.Stats().Ended)
		require.Equal(t, [actors.Cuts]uint64{actors.CutMemory: 1}, g.o.System.Stats().Cut)
	})
}

// TestEndlessMessagesAreCutWhereMemoryIsShort: of two messages that come byte by byte, the small
// one may take its time; so may the large one, while there is memory.
func TestEndlessMessagesAreCutWhereMemoryIsShort(t *testing.T) {
	short(t, func(t *testing.T, g *Gateway, l *pipes, short *atomic.Bool) {
		var heard atomic.Int64
		large, small := l.dial(t), l.dial(t)
		for _, p := range []*peer{large, small} {
			p.upgrade("/echo")
			go answerPings(p, &heard)
		}
		frame := masked(0x82, strings.Repeat("x", 60<<10))
		large.write(frame[:50<<10])
		small.write(frame[:100])
		var trickle sync.WaitGroup
		trickle.Go(func() { keepAlive(small, 5*time.Minute, "x") })
		keepAlive(large, 2*time.Minute, "x")
		require.Equal(t, 2, g.Stats().Connections)
		short.Store(true)
		keepAlive(large, 51*time.Second, "x")
		time.Sleep(6 * time.Second)
		synctest.Wait()
		require.Equal(t, 1, g.Stats().Connections)
		require.Equal(t, [Endings]uint64{EndedOverloaded: 1}, g.Stats().Ended)
		small.Close()
		trickle.Wait()
		require.Equal(t, [actors.Cuts]uint64{actors.CutMemory: 1}, g.o.System.Stats().Cut)
	})
}
