package poll

import (
	"bytes"
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
)

// secure puts TLS on both ends of connections.
type secure struct{ server, client *tls.Config }

func newSecure(t *testing.T) secure {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificatetest.Write(t, t.TempDir(), "signal.example"))
	require.NoError(t, err)
	return secure{&tls.Config{Certificates: []tls.Certificate{pair}}, &tls.Config{InsecureSkipVerify: true}}
}

// pair returns a watched TLS connection and its peer.
func (c secure) pair(t *testing.T, p *Poller, token uint64) (*Conn, *tls.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	plain, err := net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	nc, err := ln.Accept()
	require.NoError(t, err)
	peer, here := tls.Client(plain, c.client), tls.Server(nc, c.server)
	shaken := make(chan error)
	go func() { shaken <- peer.Handshake() }()
	require.NoError(t, here.Handshake())
	require.NoError(t, <-shaken)
	conn := new(Conn)
	p.AddNet(conn, here, token, time.Second)
	t.Cleanup(func() { peer.Close() })
	return conn, peer
}

// TestBuffersAreNobodyElses: what comes over many TLS connections at once, in pieces that fit into a
// reader's own buffer and in others that do not, arrives as it was sent, whoever else uses the
// pooled ones meanwhile.
func TestBuffersAreNobodyElses(t *testing.T) {
	p, err := New(true)
	require.NoError(t, err)
	const n, rounds = 12, 100
	secure, conns := newSecure(t), map[uint64]*Conn{}
	sent, got := map[uint64][]byte{}, map[uint64][]byte{}
	for i := range uint64(n) {
		c, peer := secure.pair(t, p, i)
		conns[i] = c
		rng := rand.New(rand.NewPCG(i, 1))
		var pieces [][]byte
		for range rounds {
			size := []int{1, 100, idleBuffer - 1, idleBuffer, idleBuffer + 1, readBuffer, readBuffer + 1, 40 << 10}[rng.IntN(8)]
			piece := make([]byte, size)
			for j := range piece {
				piece[j] = byte(rng.Uint32())
			}
			pieces = append(pieces, piece)
		}
		sent[i] = bytes.Join(pieces, nil)
		go func() {
			for _, p := range pieces {
				if _, err := peer.Write(p); err != nil {
					return // the test has failed
				}
			}
			_ = peer.Close()
		}()
	}
	rng, buf, evs := rand.New(rand.NewPCG(n, 2)), make([]byte, 2*readBuffer), make([]Event, 0, 16)
	for open := n; open > 0; {
		evs, err = p.Wait(evs[:0], true)
		require.NoError(t, err)
		for _, ev := range evs {
			k, err := conns[ev.Token].Read(buf[:1+rng.IntN(len(buf))])
			if err == io.EOF {
				conns[ev.Token].Close()
				open--
				continue
			}
			require.NoError(t, err)
			got[ev.Token] = append(got[ev.Token], buf[:k]...)
		}
	}
	for i := range uint64(n) {
		require.True(t, bytes.Equal(sent[i], got[i]), "connection %d", i)
	}
	require.NoError(t, p.Close())
}

// TestARecordIsReadAtOnce, as far as it fits into a readBuffer; and what a short one needs is all that is
// held.
func TestARecordIsReadAtOnce(t *testing.T) {
	p, err := New(true)
	require.NoError(t, err)
	c, peer := newSecure(t).pair(t, p, 1)
	buf, evs := make([]byte, 2*readBuffer), make([]Event, 0, 1)
	for size, held := range map[int]int{1: idleBuffer, idleBuffer - 1: idleBuffer, idleBuffer: readBuffer, idleBuffer + 1: readBuffer, 2 * idleBuffer: readBuffer} {
		for range 3 {
			_, err := peer.Write(make([]byte, size))
			require.NoError(t, err)
			_, err = p.Wait(evs, true)
			require.NoError(t, err)
			c.stream.mu.Lock()
			require.Equal(t, held, cap(c.stream.in), size)
			c.stream.mu.Unlock()
			n, err := c.Read(buf)
			require.NoError(t, err)
			require.Equal(t, size, n)
			c.stream.mu.Lock()
			require.Nil(t, c.stream.in)
			c.stream.mu.Unlock()
		}
	}
	c.Close()
	require.NoError(t, p.Close())
}
