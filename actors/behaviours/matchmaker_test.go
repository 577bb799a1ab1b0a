package behaviours

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// paired expects that two were told of each other.
func paired(t *testing.T, a, b *person) string {
	t.Helper()
	ma, mb := a.heard("matched"), b.heard("matched")
	require.Equal(t, []string{b.id, a.id}, []string{ma["peer"], mb["peer"]})
	require.Equal(t, ma["room"], mb["room"])
	return ma["room"]
}

func TestMatchmakerPairsInOrder(t *testing.T) {
	inHouse(t, Matchmaker(MatchmakerOptions{}), func(h *house) {
		var people []*person
		for range 5 {
			people = append(people, h.enter())
		}
		for _, p := range people { // a newcomer's joined and matched come together
			p.send("cancel", nil)
			p.hear()
		}
		for _, p := range people {
			p.send("seek", nil)
		}
		rooms := map[string]bool{paired(t, people[0], people[1]): true, paired(t, people[2], people[3]): true}
		require.Len(t, rooms, 2)
		for name := range rooms {
			require.True(t, strings.HasPrefix(name, "match-"))
			require.Len(t, name, len("match-")+26)
		}
		require.Empty(t, people[4].hear())
		people[0].send("seek", nil)
		paired(t, people[0], people[4])
		h.goes(true, people...)
	})
}

func TestMatchmakerPairsOnJoining(t *testing.T) {
	inHouse(t, Matchmaker(MatchmakerOptions{Prefix: "duel/"}), func(h *house) {
		a := h.enter()
		b := h.knock()
		b.id = a.heard("matched")["peer"]
		require.Contains(t, b.hear()[0], `"peer":"`+a.id+`","room":"duel/`)
		h.goes(true, a, b)
	})
}

func TestMatchmakerTimesOut(t *testing.T) {
	inHouse(t, Matchmaker(MatchmakerOptions{Timeout: 20 * time.Second}), func(h *house) {
		a := h.enter()
		h.pass(20*time.Second - 1)
		require.Empty(t, a.hear())
		h.pass(time.Nanosecond)
		require.Equal(t, []string{"unmatched {}"}, a.hear())
		b := h.enter()
		require.Empty(t, a.hear())
		h.pass(10 * time.Second)
		a.send("seek", nil)
		paired(t, a, b)
		h.pass(time.Hour)
		require.Empty(t, a.hear())
		h.goes(true, a, b)
	})
	inHouse(t, Matchmaker(MatchmakerOptions{Timeout: -1}), func(h *house) {
		a := h.enter()
		h.pass(24 * time.Hour)
		require.Empty(t, a.hear())
		h.goes(true, a)
	})
}

func TestMatchmakerForgetsWhoLeaves(t *testing.T) {
	inHouse(t, Matchmaker(MatchmakerOptions{}), func(h *house) {
		a, watcher := h.enter(), h.enter()
		a.hear()
		watcher.hear()
		a.send("seek", nil)
		h.goes(true, a)
		b := h.enter()
		b.send("cancel", nil)
		c := h.enter()
		require.Empty(t, c.hear(), "neither with the one who left nor with the one who does not want")
		b.send("seek", nil)
		paired(t, b, c)
		h.goes(true, b, c, watcher)
	})
}

func TestMatchmakerWaitsForTheSuspended(t *testing.T) {
	inHouse(t, Matchmaker(MatchmakerOptions{}), func(h *house) {
		a := h.knock()
		j := a.messages()[0].(*wire.Joined)
		h.goes(false, a)
		b := h.enter()
		require.Empty(t, b.hear())
		again := h.connect()
		again.say(wire.Request{Kind: wire.KindJoin, Room: "room", Resume: &wire.Resume{
			Member: j.Self.Member, Key: j.Self.Key, Epoch: j.Epoch, Seq: j.Seq,
		}})
		again.id = j.Self.Member
		paired(t, again, b)
		// Who was not looking does not begin to, only because its line was lost.
		h.goes(false, again)
		last := h.connect()
		last.say(wire.Request{Kind: wire.KindJoin, Room: "room", Resume: &wire.Resume{
			Member: j.Self.Member, Key: j.Self.Key, Epoch: j.Epoch, Seq: j.Seq,
		}})
		last.hear()
		c := h.enter()
		require.Empty(t, c.hear())
		h.goes(true, last, b, c)
	})
}

func TestMatchmakersLobbyIsQuiet(t *testing.T) {
	inHouse(t, Matchmaker(MatchmakerOptions{}), func(h *house) {
		a, b := h.enter(), h.enter()
		a.hear()
		b.hear()
		b.send("chat", "buy my watches")
		require.Equal(t, []string{"error forbidden"}, b.hear())
		require.Empty(t, a.hear())
		h.goes(true, a, b)
	})
}
