package actors

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

func (r *rig) refused(code wire.Code) int {
	return int(r.sys.Stats().Refused[slices.Index(wire.Codes[:], code)])
}

func TestRefusalsAreCountedByCode(t *testing.T) {
	r := newRig(t, Options{RoomCapacity: 2})
	a, b, c := r.connect(), r.connect(), r.connect()
	a.say("rubbish")
	a.say(`{"type":"send","room":"r","event":"e"}`)
	a.say(`{"type":"join","room":"r"}`)
	r.settle()
	a.say(`{"type":"join","room":"r"}`)
	a.say(`{"type":"send","room":"r","event":"e","to":"nobody"}`)
	a.say(`{"type":"send","room":"r"}`)
	b.join("r", "")
	b.say(`{"type":"kick","room":"r","member":"x"}`)
	c.join("r", "")
	a.hear()
	for _, code := range []wire.Code{
		wire.BadFrame, wire.NotJoined, wire.AlreadyJoined, wire.NoSuchMember, wire.BadRequest, wire.Forbidden, wire.RoomFull,
	} {
		require.Equal(t, 1, r.refused(code), code)
	}
	for _, c := range []*client{a, b, c} {
		c.conn.Ended(true)
	}
	r.settle()
}

// TestTooSlowIsCountedByBound: a member that never reads is bounded by messages and by bytes.
func TestTooSlowIsCountedByBound(t *testing.T) {
	for _, c := range []struct {
		cut  Cut
		data string
	}{{CutMessages, "x"}, {CutBytes, strings.Repeat("x", 50<<10)}} {
		t.Run(c.cut.String(), func(t *testing.T) {
			r := newRig(t, Options{})
			deaf, a := r.connect(), r.connect()
			deaf.join("r", "")
			a.join("r", "")
			deaf.hear()
			sent := 0
			for ; r.sys.Stats().Cut == [Cuts]uint64{}; sent++ {
				require.LessOrEqual(t, sent, maxBursts)
				a.say(`{"type":"send","room":"r","event":"e","data":"` + c.data + `"}`)
				r.settle()
				deaf.conn.Pending(nil) // it is asked, and takes nothing
			}
			var want [Cuts]uint64
			want[c.cut] = 1
			require.Equal(t, want, r.sys.Stats().Cut)
			require.EqualValues(t, sent-1, r.sys.Stats().Dropped[DropSlow], "the one too many was never queued")
			deaf.conn.Ended(false)
			a.conn.Ended(true)
			r.settle()
		})
	}
}

func TestBadFramesAreCounted(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	for range maxBadFrames + 1 {
		a.say("rubbish")
	}
	require.Equal(t, [Cuts]uint64{CutBadFrames: 1}, r.sys.Stats().Cut)
	require.Equal(t, maxBadFrames+1, r.refused(wire.BadFrame))
	a.conn.Ended(true)
}

func TestWhatNobodyHearsIsCounted(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	q := NewRequest()
	q.Kind, q.Room, q.Event = wire.KindPublish, "nowhere", "e"
	a.conn.Do(q)
	require.Equal(t, [Drops]uint64{DropNobody: 1}, r.sys.Stats().Dropped)
	a.conn.Ended(true)
}

func TestReasonsHaveNames(t *testing.T) {
	name := regexp.MustCompile(`^[a-z_]+$`)
	for c := range Cuts {
		require.Regexp(t, name, c.String())
	}
	for d := range Drops {
		require.Regexp(t, name, d.String())
	}
	require.Equal(t, "unknown", Cuts.String())
}

func TestCountingDoesNotAllocate(t *testing.T) {
	var c counters
	require.Zero(t, testing.AllocsPerRun(100, func() { c.refuse(wire.Internal) }))
	require.EqualValues(t, 101, c.refused[len(wire.Codes)-1].Load())
}
