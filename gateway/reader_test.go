package gateway

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// readAll gives b to a reader in pieces of the sizes that cut returns, and returns what it found.
func readAll(r *reader, b []byte, cut func(left int) int) (frames []frame, fail *failure) {
	for len(b) > 0 {
		n := min(max(1, cut(len(b))), len(b))
		piece := []byte(string(b[:n]))
		b = b[n:]
		for len(piece) > 0 {
			var f frame
			if f, piece, fail = r.next(piece); fail != nil {
				return frames, fail
			}
			if f.op != 0 {
				f.payload = []byte(string(f.payload)) // a control frame's is borrowed
				frames = append(frames, f)
			}
		}
	}
	return frames, nil
}

func whole(left int) int { return left }

// TestReaderHoweverCut: the same bytes give the same frames, wherever they are cut.
func TestReaderHoweverCut(t *testing.T) {
	stream := []byte(conversation + text(strings.Repeat("x", wire.MaxMessage)) + closing(1000, "bye"))
	var r reader
	want, fail := readAll(&r, stream, whole)
	require.Nil(t, fail)
	require.Len(t, want, 9)
	require.True(t, r.idle())
	seed := rand.Uint64()
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, most := range []int{1, 2, 3, 7, 20, 1000, 30000} {
		var r reader
		got, fail := readAll(&r, stream, func(int) int { return 1 + rng.IntN(most) })
		require.Nil(t, fail)
		require.Equal(t, want, got, "pieces of at most %d", most)
		require.True(t, r.idle())
	}
}

// TestReaderMemory: it grows with what has arrived, whatever a header announces.
func TestReaderMemory(t *testing.T) {
	var r reader
	frame := []byte(masked(0x82, strings.Repeat("x", wire.MaxMessage)))
	_, _, fail := r.next(frame[:14])
	require.Nil(t, fail)
	require.Zero(t, cap(r.msg))
	for n := 14; n < len(frame)-1; n++ {
		_, _, fail := r.next(frame[n : n+1])
		require.Nil(t, fail)
		require.LessOrEqual(t, cap(r.msg), 2*(n-13))
	}
	f, _, fail := r.next(frame[len(frame)-1:])
	require.Nil(t, fail)
	require.Len(t, f.payload, wire.MaxMessage)
	require.Equal(t, wire.MaxMessage, cap(f.payload))
}

// TestDiscardFromAnywhere: wherever a reader is told to stop, the peer's close frame is found
// behind it, and its code, however that is cut.
func TestDiscardFromAnywhere(t *testing.T) {
	stream := masked(0x01, "tw") + ping("p") + masked(0x80, "o") + text(strings.Repeat("x", 300))
	end := closing(4321, "bye")
	for at := range len(stream + end) {
		for _, piece := range []int{1, 2, 1000} {
			var r reader
			_, fail := readAll(&r, []byte(stream + end)[:at], whole)
			require.Nil(t, fail)
			d := r.discard().past
			rest := []byte(stream + end)[at:]
			for len(rest) > piece {
				_, closed := d.skip(rest[:piece])
				require.False(t, closed)
				rest = rest[piece:]
			}
			code, closed := d.skip(rest)
			require.True(t, closed, "from byte %d", at)
			require.Equal(t, 4321, code, "from byte %d, %d at a time", at, piece)
		}
	}
}

func TestReaderAllocatesTheMessageOnly(t *testing.T) {
	frame := []byte(text(strings.Repeat("x", 256)) + ping("p"))
	buf := make([]byte, len(frame))
	var r reader
	require.Equal(t, 1.0, testing.AllocsPerRun(1000, func() {
		b := buf[:copy(buf, frame)]
		for len(b) > 0 {
			_, b, _ = r.next(b)
		}
	}))
}

// FuzzFrames: arbitrary bytes, cut anywhere, never panic; the memory held is bounded by what
// has arrived; messages keep their limits; and what comes after a failure can be read past.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(conversation), uint16(3))
	f.Add([]byte(text("\xff")+closing(1000, "")), uint16(1))
	f.Add([]byte("\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00mask"), uint16(100))
	f.Add([]byte(masked(0x01, "a")+masked(0x80, strings.Repeat("b", 1000))), uint16(5))
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		var r reader
		var past *reader
		arrived := 0
		for len(b) > 0 {
			n := min(1+int(cut%4096), len(b))
			piece := []byte(string(b[:n]))
			b, arrived = b[n:], arrived+n
			for len(piece) > 0 && past == nil {
				f, rest, fail := r.next(piece)
				piece = rest
				if fail != nil {
					past = r.discard()
				}
				if f.op.IsControl() && len(f.payload) > ws.MaxControlFramePayloadSize || len(f.payload) > wire.MaxMessage {
					t.Fatal("a frame over its limit")
				}
				if f.op == ws.OpClose {
					parseClose(f.payload)
				}
			}
			if past != nil {
				past.past.skip(piece)
				if cap(past.past.code) > 8 {
					t.Fatal("memory for a close frame")
				}
			}
			if held := cap(r.msg) + cap(r.ctl); held > 2*arrived+64 {
				t.Fatalf("%d bytes held after %d arrived", held, arrived)
			}
		}
	})
}

// FuzzHead: arbitrary request heads never panic, and what is taken for an upgrade has all
// that one needs.
func FuzzHead(f *testing.F) {
	f.Add([]byte(upgradeHead("/ws?x=y", "Origin: http://a.example", "Sec-WebSocket-Protocol: a, b")))
	f.Add([]byte("GET / HTTP/1.1\nHost:\n\n"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		size := endOfHead(b, 0)
		for from := range min(len(b), 64) {
			if early := endOfHead(b[:from], 0); early == 0 && endOfHead(b, from) != size {
				t.Fatalf("looking from %d finds another end", from)
			}
		}
		r := parseHead(b[:size])
		if r == nil {
			return
		}
		if !strings.HasPrefix(r.path, "/") {
			t.Fatalf("path %q", r.path)
		}
		o, _ := newOrigins(nil)
		o.allow(r.origins, r.host)
		if len(r.keys) == 1 && goodKey(r.keys[0]) {
			if answer, err := respond(r, ""); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 101 ") {
				t.Fatalf("answered %q, %v", answer, err)
			}
		}
	})
}

func BenchmarkFrame256(b *testing.B) {
	frame := []byte(text(strings.Repeat("x", 256)))
	buf := make([]byte, len(frame))
	var r reader
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		copy(buf, frame)
		r.next(buf)
	}
}
