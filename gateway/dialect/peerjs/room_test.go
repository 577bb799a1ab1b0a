package peerjs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

func TestMessagesGoToWhomTheyName(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, b, c := r.peer("a"), r.peer("b"), r.peer("c")
		a.says(`{"type":"OFFER","dst":"b","src":"c","payload":{"sdp": "v=0"}}`)
		b.hears(`{"type":"OFFER","src":"a","dst":"b","payload":{"sdp": "v=0"}}`)
		b.says(`{"type":"ANSWER","dst":"a","payload":{}}`)
		b.says(`{"type":"HEARTBEAT"}`)
		b.says(`{"type":"CANDIDATE","dst":"a","payload":null}`)
		a.hears(`{"type":"ANSWER","src":"b","dst":"a","payload":{}}`, `{"type":"CANDIDATE","src":"b","dst":"a","payload":null}`)
		a.says(`{"type":"LEAVE","dst":"b"}`)
		b.hears(`{"type":"LEAVE","src":"a","dst":"b"}`)
		a.says(`{"type":"OFFER","dst":"a","payload":1}`)
		a.hears(`{"type":"OFFER","src":"a","dst":"a","payload":1}`)
		c.hearsNothing()
	})
}

func TestTakenID(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.claim("a", "mine")
		a.hears(`{"type":"OPEN"}`)
		r.claim("a", "another").closes(actors.ClosePolicy, `{"type":"ID-TAKEN","payload":{"msg":"ID is taken"}}`)
		a.hearsNothing()

		b := r.peer("b")
		again := r.claim("a", "mine")
		again.hears(`{"type":"OPEN"}`)
		a.closes(actors.CloseReplaced)
		b.says(`{"type":"OFFER","dst":"a","payload":1}`)
		again.hears(`{"type":"OFFER","src":"b","dst":"a","payload":1}`)

		again.end()
		next := r.claim("a", "another")
		next.hears(`{"type":"OPEN"}`)
	})
}

func TestTokensOfDifferentIDsMayBeEqual(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, b := r.claim("a", "t"), r.claim("b", "t")
		a.hears(`{"type":"OPEN"}`)
		b.hears(`{"type":"OPEN"}`)
		require.Equal(t, 2, r.sys.Stats().Members)
	})
}

func TestLeaveToNobodyGivesUpTheID(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		b, a := r.peer("b"), r.peer("a")
		a.says(`{"type":"LEAVE"}`)
		a.closes(actors.CloseNormal)
		r.claim("a", "another").hears(`{"type":"OPEN"}`)
		b.hearsNothing()
	})
}

func TestWhatWaitsIsHandedOver(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, c := r.peer("a"), r.peer("c")
		a.says(`{"type":"OFFER","dst":"b","payload":1}`)
		c.says(`{"type":"OFFER","dst":"b","payload":2}`)
		a.says(`{"type":"CANDIDATE","dst":"b","payload":3}`)
		a.says(`{"type":"LEAVE","dst":"b"}`)
		r.later(5*time.Second - 1)
		b := r.claim("b", "t")
		b.hears(
			`{"type":"OPEN"}`,
			`{"type":"OFFER","src":"a","dst":"b","payload":1}`,
			`{"type":"OFFER","src":"c","dst":"b","payload":2}`,
			`{"type":"CANDIDATE","src":"a","dst":"b","payload":3}`,
		)
		r.later(time.Minute)
		a.hearsNothing()
		c.hearsNothing()
	})
}

func TestWhatNobodyTakesExpires(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a, c := r.peer("a"), r.peer("c")
		a.says(`{"type":"OFFER","dst":"b","payload":1}`)
		r.later(3 * time.Second)
		a.says(`{"type":"CANDIDATE","dst":"b","payload":2}`)
		c.says(`{"type":"OFFER","dst":"b","payload":3}`)
		r.later(2*time.Second - 1)
		a.hearsNothing()
		r.later(1)
		a.hears(`{"type":"EXPIRE","src":"b","dst":"a"}`)
		c.hearsNothing()
		b := r.claim("b", "t")
		b.hears(`{"type":"OPEN"}`, `{"type":"OFFER","src":"c","dst":"b","payload":3}`)
		r.later(time.Minute)
		a.hearsNothing()
		c.hearsNothing()

		a.says(`{"type":"OFFER","dst":"d","payload":1}`)
		a.end() // nobody is left to be told
		r.later(time.Minute)
		b.hearsNothing()
	})
}

func TestWhatWaitsIsBounded(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		for range maxPairLetters {
			a.says(`{"type":"CANDIDATE","dst":"b","payload":0}`)
		}
		a.hearsNothing()
		a.says(`{"type":"CANDIDATE","dst":"b","payload":0}`)
		a.hears(`{"type":"EXPIRE","src":"b","dst":"a"}`)
		r.later(time.Minute)
		a.hearsNothing()
		r.claim("b", "t").hears(`{"type":"OPEN"}`)
	})
}

func TestBytesThatWaitAreBounded(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		payload := strings.Repeat("x", 60<<10)
		n := maxBytes / (len(payload) + 2)
		for i := range n {
			a.says(fmt.Sprintf(`{"type":"OFFER","dst":"%d","payload":"%s"}`, i, payload))
		}
		a.hearsNothing()
		a.says(fmt.Sprintf(`{"type":"OFFER","dst":"%d","payload":"%s"}`, n, payload))
		a.hears(fmt.Sprintf(`{"type":"EXPIRE","src":"%d","dst":"a"}`, n))
		r.later(5 * time.Second)
		require.Len(t, a.heard(), n)
		a.says(`{"type":"OFFER","dst":"b","payload":1}`)
		a.hearsNothing()
	})
}

func TestFullRoom(t *testing.T) {
	bubble(t, actors.Options{RoomCapacity: 1}, Options{}, func(t *testing.T, r *rig) {
		r.peer("a")
		r.claim("b", "t").closes(actors.ClosePolicy, `{"type":"ERROR","payload":{"msg":"room: full, at most 1 members"}}`)
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
