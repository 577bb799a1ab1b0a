package actors_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// tally counts what an observer of all nodes is told, by room and epoch.
type tally struct {
	mu   sync.Mutex
	told map[string]map[actors.NoticeKind]int
}

func (c *tally) Observe(n actors.Notice) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := n.Name + " " + n.Epoch
	if c.told[key] == nil {
		c.told[key] = map[actors.NoticeKind]int{}
	}
	c.told[key][n.Kind]++
}

// A room that moves in peace is told of once: as started, its members as joined and as left, and as ended, also where its last member
// leaves at the moment at which it moves.
func TestObserversOverMoves(t *testing.T) {
	c := &tally{told: map[string]map[actors.NoticeKind]int{}}
	clusterOf(t, actors.Options{Observer: c}, 2, nil, func(r *many) {
		const rooms = 60
		var all [][]*visitor
		for i := range rooms {
			room := fmt.Sprint("room-", i)
			all = append(all, []*visitor{r.visitor(0, room)})
			if i%2 == 0 {
				all[i] = append(all[i], r.visitor(1, room))
			}
		}
		third := r.newNode(nil)
		leave := func(of func(i int) bool) {
			for i, visitors := range all {
				if of(i) {
					for _, g := range visitors {
						g.line.Send(wire.AppendRequest(nil, wire.JSON, &wire.Request{Kind: wire.KindLeave, ID: 2, Room: g.room}))
					}
				}
			}
		}
		r.net.Join(third) // a third of them moves there, while
		leave(func(i int) bool { return i < rooms/3 })
		synctest.Wait()
		time.Sleep(time.Second)
		leave(func(i int) bool { return i >= rooms/3 && i < 2*rooms/3 })
		r.net.Leave(third) // they move back
		synctest.Wait()
		time.Sleep(time.Second)
		leave(func(i int) bool { return i >= 2*rooms/3 })
		synctest.Wait()
		time.Sleep(time.Minute)
		for _, visitors := range all {
			for _, g := range visitors {
				g.line.Drop()
			}
		}
		synctest.Wait()
		require.Len(t, c.told, rooms, "none has begun anew")
		for room, told := range c.told {
			members := told[actors.MemberJoined]
			require.Equal(t, map[actors.NoticeKind]int{
				actors.RoomStarted: 1, actors.MemberJoined: members, actors.MemberLeft: members, actors.RoomEnded: 1,
			}, told, room)
		}
	})
}
