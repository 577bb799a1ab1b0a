package actors_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// house is what the rooms of a chaos have besides members: by its seed.
type house struct {
	capacity int  // of each room
	counting bool // the rooms with an even number count what is said
	knocking bool // one holds every join for a while
	tokens   bool // and they run out
	hidden   bool // some souls are
	kicks    bool // moderators kick and lock
}

func houseOf(seed uint64) house {
	h := house{capacity: 10_000}
	if seed%2 == 1 {
		h.capacity = 4
	}
	h.counting, h.knocking = seed%3 != 0, seed%5 < 2
	h.tokens, h.hidden, h.kicks = seed%4 == 3, seed%7 < 3, seed%3 != 1
	return h
}

// prepare gives a node the house's behaviours.
func (h house) prepare(sys *actors.System) error {
	err := sys.Behavior("room 0", func(co *actors.Co, room *actors.Room) error {
		if h.knocking {
			room.Hook(actors.Hooks{Join: func(*actors.Join) error { return actors.ErrHold }})
		}
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			if e.Kind != actors.Knocked {
				continue
			}
			co.Go(func(co *actors.Co) error {
				if err := co.Sleep(30 * time.Millisecond); err != nil {
					return err
				}
				e.Join.Admit()
				return nil
			})
		}
	})
	if !h.counting {
		return err
	}
	return errors.Join(err, sys.Behavior("room 2", func(co *actors.Co, room *actors.Room) error {
		n, _ := strconv.Atoi(string(room.Carried()))
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			if e.Kind == actors.Joined && room.Len() == 1 {
				n = 0
			}
			if e.Kind != actors.Sent || e.To != nil {
				continue
			}
			n++
			if err := room.Carry(strconv.AppendInt(nil, int64(n), 10)); err != nil {
				return err
			}
			if err := room.Broadcast("counted", fmt.Sprintf("counted %s %d", room.Epoch(), e.Seq)); err != nil {
				return err
			}
		}
	}))
}

// Verify implements actors.Verifier: a token is its subject, when it runs out, and whether it moderates.
func (house) Verify(token, room string) (g actors.Grant, err error) {
	parts := strings.Split(token, "/")
	if len(parts) != 3 {
		return g, fmt.Errorf("not a token: %q", token)
	}
	ms, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return g, fmt.Errorf("not a token: %q", token)
	}
	g = actors.Grant{Subject: parts[0], Role: wire.RoleMember, Expires: time.UnixMilli(ms)}
	if parts[2] == "true" {
		g.Role = wire.RoleModerator
	}
	return g, nil
}

// counted sees that every broadcast that the behaviour's room has told was counted, where somebody
// was there for long enough to hear of it.
func (c *chaos) counted() {
	for _, s := range c.stints {
		if s.room != "room 2" || !c.house.counting {
			continue
		}
		for seq := s.from + 1; seq+30 <= s.to; seq++ {
			k := at(s.epoch, seq)
			if what := c.says[k]; !strings.HasPrefix(what, "event text") || !c.everyone[k] {
				continue
			}
			require.NotEmpty(c.t, c.places["counted "+k], "seed %d: %s was not counted: %s", c.seed, k, c.says[k])
		}
	}
}

// gapless sees that the room has given every number: to what somebody has seen, or to what nobody
// could have. Of a soul that is alone that is its own coming and going; of one that gave up, what it
// asked for last.
func (c *chaos) gapless() {
	if c.house.hidden {
		return
	}
	for _, s := range c.stints {
		unseen := 0
		for seq := s.from + 1; seq <= s.to; seq++ {
			k := at(s.epoch, seq)
			if !s.seen[seq] && c.says[k] == "" && c.by[k] == "" {
				unseen++
			}
		}
		require.LessOrEqual(c.t, unseen, 2*s.returns+c.forsaken[s.room], "seed %d: %s (%s) in %s, %d to %d", c.seed, s.soul, s.member, s.epoch, s.from, s.to)
	}
}
