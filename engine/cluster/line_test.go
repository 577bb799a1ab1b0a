package cluster

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lossy is what lies between two lines: it loses, doubles and reorders packets, as it likes.
type lossy struct {
	rng  *rand.Rand
	bad  float64
	ends [2]*line
	way  [2][][]byte // to each end
	got  [2][]part
	cuts [2]int
	now  time.Time
}

func newLossy(seed uint64, limit, piece int) *lossy {
	n := &lossy{rng: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1000, 0)}
	n.ends = [2]*line{newLine("a", limit, piece, &counts{}), newLine("b", limit, piece, &counts{})}
	return n
}

// step lets one thing happen.
func (n *lossy) step(t *testing.T) {
	i := n.rng.IntN(2)
	if len(n.way[i]) > 0 && n.rng.IntN(2) == 0 {
		at := 0
		if n.rng.Float64() < n.bad {
			at = n.rng.IntN(len(n.way[i]))
		}
		packet := n.way[i][at]
		if n.rng.Float64() >= n.bad/2 { // else it comes once more
			n.way[i] = append(n.way[i][:at:at], n.way[i][at+1:]...)
		}
		h, parts, err := parsePacket(packet)
		require.NoError(t, err)
		frames, cut := n.ends[i].in(h, parts, n.now)
		if cut {
			n.cuts[i]++
			n.got[i] = nil
		}
		n.got[i] = append(n.got[i], frames...)
		return
	}
	packet, ok := n.ends[i].out(nil, n.now)
	if ok && n.rng.Float64() >= n.bad {
		n.way[1-i] = append(n.way[1-i], bytes.Clone(packet))
	}
	if !ok {
		n.now = n.now.Add(time.Duration(n.rng.IntN(20)) * time.Millisecond)
	}
}

func (n *lossy) settle(t *testing.T) {
	for range 1_000_000 {
		if n.ends[0].idle() && n.ends[1].idle() && len(n.way[0])+len(n.way[1]) == 0 {
			return
		}
		n.step(t)
	}
	t.Fatal("the line never comes to rest")
}

func frameOf(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func TestEveryFrameArrivesOnceAndInOrder(t *testing.T) {
	for seed := range uint64(200) {
		n := newLossy(seed, 1<<20, 100)
		n.bad = float64(seed%4) * 0.15
		var sent [2][]part
		for range 60 {
			i := n.rng.IntN(2)
			f := part{forRooms + byte(n.rng.IntN(2)), frameOf(n.rng, n.rng.IntN(20)*n.rng.IntN(40))}
			require.True(t, n.ends[i].push(f.kind, f.data))
			sent[i] = append(sent[i], f)
			for range n.rng.IntN(8) {
				n.step(t)
			}
		}
		n.settle(t)
		for i := range sent {
			require.Len(t, n.got[1-i], len(sent[i]), "seed %d", seed)
			for k, f := range sent[i] {
				require.Equal(t, f.kind, n.got[1-i][k].kind)
				require.True(t, bytes.Equal(f.data, n.got[1-i][k].data), "seed %d, frame %d", seed, k)
			}
			require.Zero(t, n.ends[i].waiting)
			require.Zero(t, n.ends[i].flying)
		}
		require.Equal(t, [2]int{}, n.cuts)
	}
}

// After cuts both ends have the same life, and what was sent since then arrives.
func TestACutIsToldToTheOtherEndAndTheLinkStartsAnew(t *testing.T) {
	for seed := range uint64(200) {
		n := newLossy(seed, 1<<20, 100)
		n.bad = float64(seed%3) * 0.2
		for range 40 {
			i := n.rng.IntN(2)
			if n.rng.IntN(8) == 0 {
				n.ends[i].cut()
				n.got[i] = nil
			}
			require.True(t, n.ends[i].push(forRooms, frameOf(n.rng, 300)))
			for range n.rng.IntN(10) {
				n.step(t)
			}
		}
		n.settle(t)
		require.Equal(t, n.ends[0].life, n.ends[1].life, "seed %d", seed)
		n.got = [2][]part{}
		require.True(t, n.ends[0].push(forRooms, []byte("one")))
		require.True(t, n.ends[1].push(forRooms, []byte("two")))
		n.settle(t)
		require.Equal(t, [2][]part{{{forRooms, []byte("two")}}, {{forRooms, []byte("one")}}}, n.got)
	}
}

func TestACutWithNothingToSendIsToldToo(t *testing.T) {
	n := newLossy(1, 1<<20, 100)
	n.ends[0].cut()
	n.settle(t)
	require.Equal(t, [2]int{0, 1}, n.cuts)
	require.Empty(t, n.got[1])
}

func TestWhatWaitsIsBounded(t *testing.T) {
	l := newLine("a", 10_000, 1000, &counts{})
	frame := make([]byte, 1000-perPart)
	for range 10 {
		require.True(t, l.push(forRooms, frame))
	}
	require.False(t, l.push(forRooms, nil))
	const many = 100_000 // a frame for each of very many rooms
	l = newLine("a", many*(100+perPart), 1000, &counts{})
	for range many {
		require.True(t, l.push(forRooms, make([]byte, 100)))
	}
	require.False(t, l.push(forRooms, nil))
}

func TestTheTimeToRepeatGrows(t *testing.T) {
	l := newLine("a", 1<<20, 1000, &counts{})
	require.True(t, l.push(forRooms, []byte("x")))
	now, begin := time.Unix(0, 0), time.Unix(0, 0)
	var at []time.Duration
	for len(at) < 6 {
		if _, ok := l.out(nil, now); ok {
			at = append(at, now.Sub(begin))
		}
		now = l.due()
	}
	require.Equal(t, []time.Duration{0, 250 * time.Millisecond, 750 * time.Millisecond, 1750 * time.Millisecond,
		3750 * time.Millisecond, 5750 * time.Millisecond}, at)
}

// TestAnEndThatHoldsIsSentNothingNew: until it says otherwise. Where that is lost, one packet a second shows.
func TestAnEndThatHoldsIsSentNothingNew(t *testing.T) {
	now := time.Unix(1000, 0)
	a, b := newLine("a", 1<<20, 1000, &counts{}), newLine("b", 1<<20, 1000, &counts{})
	carry := func(from, to *line) (packets, frames int) {
		for {
			packet, ok := from.out(nil, now)
			if !ok {
				return packets, frames
			}
			h, parts, err := parsePacket(packet)
			require.NoError(t, err)
			got, cut := to.in(h, parts, now)
			require.False(t, cut)
			packets, frames = packets+1, frames+len(got)
		}
	}
	b.hold(true, now)
	packets, _ := carry(b, a)
	require.Equal(t, 1, packets, "it is said at once")
	for range 5 {
		require.True(t, a.push(forRooms, make([]byte, 1000)))
	}
	packets, _ = carry(a, b)
	require.Zero(t, packets)
	require.False(t, a.busy())
	require.Equal(t, now.Add(holdFor), a.due())

	now = now.Add(holdFor)
	_, frames := carry(a, b)
	require.Equal(t, 1, frames)
	now = now.Add(ackDelay)
	carry(b, a) // it still holds
	_, frames = carry(a, b)
	require.Zero(t, frames)

	b.hold(false, now)
	_, ok := b.out(nil, now) // which is lost
	require.True(t, ok)
	_, frames = carry(a, b)
	require.Zero(t, frames)
	now = now.Add(holdFor)
	_, frames = carry(a, b)
	require.Equal(t, 1, frames)
	now = now.Add(ackDelay)
	carry(b, a)
	_, frames = carry(a, b)
	require.Equal(t, 3, frames)
}

func FuzzPacket(f *testing.F) {
	f.Add(appendParts(appendHeader(nil, header{"a", 1, 2, 3, true, true}), []part{{forRooms, []byte("x")}}))
	f.Add([]byte{0x96, 0xa1, 'a', 1, 1, 0, 0xc2, 0xc2, 0xdd, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, parts, err := parsePacket(b)
		if err != nil || h.number == 0 {
			return
		}
		again, more, err := parsePacket(appendParts(appendHeader(nil, h), parts))
		require.NoError(t, err)
		require.Equal(t, h, again)
		require.Len(t, more, len(parts))
	})
}
