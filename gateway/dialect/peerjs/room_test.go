package peerjs

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestMessagesGoToWhomTheyName(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, b, c := r.peer("a"), r.peer("b"), r.peer("c")
		a.Says(`{"type":"OFFER","dst":"b","src":"c","payload":{"sdp": "v=0"}}`)
		b.Hears(`{"type":"OFFER","src":"a","dst":"b","payload":{"sdp": "v=0"}}`)
		b.Says(`{"type":"ANSWER","dst":"a","payload":{}}`)
		b.Says(`{"type":"HEARTBEAT"}`)
		b.Says(`{"type":"CANDIDATE","dst":"a","payload":null}`)
		a.Hears(`{"type":"ANSWER","src":"b","dst":"a","payload":{}}`, `{"type":"CANDIDATE","src":"b","dst":"a","payload":null}`)
		a.Says(`{"type":"LEAVE","dst":"b"}`)
		b.Hears(`{"type":"LEAVE","src":"a","dst":"b"}`)
		a.Says(`{"type":"OFFER","dst":"a","payload":1}`)
		a.Hears(`{"type":"OFFER","src":"a","dst":"a","payload":1}`)
		c.HearsNothing()
	})
}

func TestTakenID(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.claim("a", "mine")
		a.Hears(`{"type":"OPEN"}`)
		r.claim("a", "another").Closes(actors.ClosePolicy, `{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`)
		a.HearsNothing()

		b := r.peer("b")
		again := r.claim("a", "mine")
		again.Hears(`{"type":"OPEN"}`)
		a.Closes(actors.CloseReplaced)
		b.Says(`{"type":"OFFER","dst":"a","payload":1}`)
		again.Hears(`{"type":"OFFER","src":"b","dst":"a","payload":1}`)

		again.End()
		next := r.claim("a", "another")
		next.Hears(`{"type":"OPEN"}`)
	})
}

func TestTokensOfDifferentIDsMayBeEqual(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, b := r.claim("a", "t"), r.claim("b", "t")
		a.Hears(`{"type":"OPEN"}`)
		b.Hears(`{"type":"OPEN"}`)
		require.Equal(t, 2, r.Sys.Stats().Members)
	})
}

func TestLeaveToNobodyGivesUpTheID(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		b, a := r.peer("b"), r.peer("a")
		a.Says(`{"type":"LEAVE"}`)
		a.Closes(actors.CloseNormal)
		r.claim("a", "another").Hears(`{"type":"OPEN"}`)
		b.HearsNothing()
	})
}

func TestWhatWaitsIsHandedOver(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, c := r.peer("a"), r.peer("c")
		a.Says(`{"type":"OFFER","dst":"b","payload":1}`)
		c.Says(`{"type":"OFFER","dst":"b","payload":2}`)
		a.Says(`{"type":"CANDIDATE","dst":"b","payload":3}`)
		a.Says(`{"type":"LEAVE","dst":"b"}`)
		r.Later(5*time.Second - 1)
		b := r.claim("b", "t")
		b.Hears(
			`{"type":"OPEN"}`,
			`{"type":"OFFER","src":"a","dst":"b","payload":1}`,
			`{"type":"OFFER","src":"c","dst":"b","payload":2}`,
			`{"type":"CANDIDATE","src":"a","dst":"b","payload":3}`,
		)
		r.Later(time.Minute)
		a.HearsNothing()
		c.HearsNothing()
	})
}

func TestWhatNobodyTakesExpires(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, c := r.peer("a"), r.peer("c")
		a.Says(`{"type":"OFFER","dst":"b","payload":1}`)
		r.Later(3 * time.Second)
		a.Says(`{"type":"CANDIDATE","dst":"b","payload":2}`)
		c.Says(`{"type":"OFFER","dst":"b","payload":3}`)
		r.Later(2*time.Second - 1)
		a.HearsNothing()
		r.Later(1)
		a.Hears(`{"type":"EXPIRE","src":"b","dst":"a"}`)
		c.HearsNothing()
		b := r.claim("b", "t")
		b.Hears(`{"type":"OPEN"}`, `{"type":"OFFER","src":"c","dst":"b","payload":3}`)
		r.Later(time.Minute)
		a.HearsNothing()
		c.HearsNothing()

		a.Says(`{"type":"OFFER","dst":"d","payload":1}`)
		a.End() // nobody is left to be told
		r.Later(time.Minute)
		b.HearsNothing()
	})
}

func TestWhatWaitsIsBounded(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		for range maxPairLetters {
			a.Says(`{"type":"CANDIDATE","dst":"b","payload":0}`)
		}
		a.HearsNothing()
		a.Says(`{"type":"CANDIDATE","dst":"b","payload":0}`)
		a.Hears(`{"type":"EXPIRE","src":"b","dst":"a"}`)
		r.Later(time.Minute)
		a.HearsNothing()
		r.claim("b", "t").Hears(`{"type":"OPEN"}`)
	})
}

func TestBytesThatWaitAreBounded(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		big := letter{"a", offer, wire.Value{Bytes: fmt.Appendf(nil, `"%060000d"`, 0)}}
		n := maxBytes / len(big.payload.Bytes)
		require.NoError(t, r.Sys.Visit(Namespace, peers, func(room *actors.Room) {
			for i := range n {
				room.State().(*office).keep(pair{"a", fmt.Sprint(i)}, big)
			}
		}))
		a.HearsNothing()
		a.Says(fmt.Sprintf(`{"type":"OFFER","dst":"%d","payload":%s}`, n, big.payload.Bytes))
		a.Hears(fmt.Sprintf(`{"type":"EXPIRE","src":"%d","dst":"a"}`, n))
		r.Later(5 * time.Second)
		require.Len(t, a.Heard(), n)
		a.Says(`{"type":"OFFER","dst":"b","payload":1}`)
		a.HearsNothing()
	})
}

func TestFullRoom(t *testing.T) {
	bubble(t, actors.Options{RoomCapacity: 1}, Options{}, func(t *testing.T, r *rig) {
		r.peer("a")
		r.claim("b", "t").Closes(actors.ClosePolicy, `{"type":"ERROR","payload":{"msg":"room: full, at most 1 members"}}`)
	})
}

func TestNewRefusesOptions(t *testing.T) {
	sys, err := actors.NewSystem(actors.Options{})
	require.NoError(t, err)
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Key: strings.Repeat("k", 65)}, "peerjs: Key: 65 bytes, at most 64"},
		{Options{Wait: time.Millisecond}, "peerjs: Wait: 1ms, from 10ms to 1m0s"},
		{Options{Wait: time.Hour}, "peerjs: Wait: 1h0m0s, from 10ms to 1m0s"},
	} {
		_, err := New(sys, c.o)
		require.EqualError(t, err, c.want)
	}
}

// Whoever writes to very many that are not there makes no more work of each than of the first.
func TestManyWhoAreNotThereCostNoMoreEachThanOne(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		write := func(from, n int) uint64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for i := range n {
				a.Says(fmt.Sprintf(`{"type":"OFFER","dst":"%0128d","payload":1}`, from+i))
				if i%100 == 99 { // the room's mailbox has a bound
					synctest.Wait()
				}
			}
			runtime.ReadMemStats(&after)
			return (after.TotalAlloc - before.TotalAlloc) / uint64(n)
		}
		write(0, 4000)
		require.Less(t, write(4000, 500), uint64(64<<10), "bytes allocated for each")
		a.HearsNothing()
	})
}
