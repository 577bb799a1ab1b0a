package actors_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/wire"
)

// thrifty is a connection that may open so many rooms. What it is told is a list.
type thrifty struct {
	conn *actors.Conn
	may  int
	told []wire.Message
}

func (c *thrifty) Ready() {}

func (c *thrifty) MayOpenRoom() bool {
	c.may--
	return c.may >= 0
}

func (c *thrifty) Append(dst []byte, m wire.Message) []byte {
	c.told = append(c.told, m)
	return append(dst, ' ')
}

// ask has it say something in a room, and waits for what comes of it.
func (c *thrifty) ask(q wire.Request, room string) {
	r := actors.NewRequest()
	*r = q
	r.Room = room
	c.conn.Do(r)
	synctest.Wait()
	n := 0
	for _, b := range c.conn.Pending(make([][]byte, 0, 64)) {
		n += len(b)
	}
	c.conn.Wrote(n)
	synctest.Wait()
}

// TestStandInsAreCounted: to speak to a room of another node, from outside, costs as much as to open
// one; again to the same one costs nothing.
func TestStandInsAreCounted(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		asked := func(n *clustertest.Node) int { return r.net.Traffic(r.nodes[1], n).Frames }
		var rooms []string // of the other node
		for i := 0; len(rooms) < 20; i++ {
			if name := fmt.Sprint("far ", i); actors.OwnerOf(name, []string{r.nodes[0].Self(), r.nodes[1].Self()}) == r.nodes[0].Self() {
				rooms = append(rooms, name)
			}
		}
		connect := func(may int) *thrifty {
			c := &thrifty{may: may}
			c.conn = r.nodes[1].System.Connect(actors.ConnOptions{Format: c, Transport: c})
			return c
		}
		publish := wire.Request{Kind: wire.KindPublish, Event: "e"}
		c := connect(3)
		before := asked(r.nodes[0])
		for range 10 {
			c.ask(publish, rooms[0])
		}
		require.Equal(r, 2, c.may)
		require.Greater(r, asked(r.nodes[0]), before+9)
		for _, room := range rooms[1:] {
			c.ask(publish, room)
		}
		require.EqualValues(r, 17, r.nodes[1].System.Stats().Dropped[actors.DropNobody])
		require.Empty(r, c.told)

		d := connect(1)
		leave := wire.Request{Kind: wire.KindLeave, ID: 1, Resume: &wire.Resume{Member: "m", Key: "k"}}
		d.ask(leave, rooms[0])
		require.Equal(r, wire.NoSuchMember, d.told[0].(*wire.Error).Code)
		d.ask(leave, rooms[1])
		require.Equal(r, wire.RateLimited, d.told[1].(*wire.Error).Code)
		require.Len(r, d.told, 2)
		require.Zero(r, d.conn.Rooms())
		for _, one := range []*thrifty{c, d} {
			one.conn.Ended(true)
		}
		synctest.Wait()
		require.Zero(r, r.nodes[1].System.Stats().Relays)
	})
}
