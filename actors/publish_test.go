package actors

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// counted is a Format that tells of events, and how many members there were.
type counted struct{}

func (counted) Append(dst []byte, m wire.Message) []byte {
	if e, ok := m.(*wire.Event); ok {
		dst = append(dst, e.Event...)
		dst = append(dst, '0'+byte(e.Count), ' ')
	}
	return dst
}

// publisher is a connection that hears in that Format.
func publisher(r *rig) (c *Conn, heard func() string) {
	c = r.connectAs(ConnOptions{Format: counted{}, Ephemeral: true}).conn
	return c, func() (all string) {
		for {
			iov := c.Pending(make([][]byte, 0, 8))
			if len(iov) == 0 {
				return all
			}
			n := 0
			for _, b := range iov {
				all += string(b)
				n += len(b)
			}
			c.Wrote(n)
		}
	}
}

func do(c *Conn, r wire.Request) {
	q := NewRequest()
	*q = r
	c.Do(q)
}

// A publish is heard by its sender only where it asks for that, and only inside.
func TestPublishEchoes(t *testing.T) {
	s := newRig(t, Options{})
	a, heardA := publisher(s)
	b, heardB := publisher(s)
	outside, heardOutside := publisher(s)
	for _, c := range []*Conn{a, b} {
		do(c, wire.Request{Kind: wire.KindJoin, Room: "r", Hidden: true})
	}
	do(a, wire.Request{Kind: wire.KindPublish, Room: "r", Event: "plain"})
	do(a, wire.Request{Kind: wire.KindPublish, Room: "r", Event: "echo", Echo: true})
	do(outside, wire.Request{Kind: wire.KindPublish, Room: "r", Event: "from outside", Echo: true})
	s.settle()
	require.Equal(t, "echo2 from outside2 ", heardA())
	require.Equal(t, "plain2 echo2 from outside2 ", heardB())
	require.Empty(t, heardOutside())
	for _, c := range []*Conn{a, b, outside} {
		c.Ended(false)
	}
	s.settle()
	require.Zero(t, s.sys.Stats().Rooms)
}

// Who is made to leave is told nothing, and may come in again.
func TestRoomLeave(t *testing.T) {
	var gone []string
	s := newStage(t, func(_ *Co, room *Room) error {
		room.Hook(Hooks{
			Send: func(e *Event) error {
				_ = room.Send(e.Member.ID, "before", nil)
				_ = room.Leave(e.Member.ID)
				require.Equal(t, ErrNoMember, room.Leave(e.Member.ID))
				return ErrDrop
			},
			Left: func(m Member) { gone = append(gone, m.ID) },
		})
		return nil
	})
	a, _ := s.enter()
	b, idb := s.enter()
	a.hear()
	b.say(`{"type":"send","room":"stage","event":"x"}`)
	require.Equal(t, "before", b.hearOne()["event"], "and no bye")
	left := a.hearOne()
	require.Equal(t, object{"type": "member", "change": "left", "member": idb, "reason": "leave", "room": "stage", "seq": left["seq"]}, left)
	require.Equal(t, []string{idb}, gone)
	b.say(`{"type":"send","id":9,"room":"stage","event":"x"}`)
	require.Equal(t, "not_joined", b.hearOne()["code"])
	again := b.join("stage", "")
	require.NotEqual(t, idb, again["self"].(map[string]any)["member"])
	s.end(a, b)
	require.Zero(t, s.sys.Stats().Panics, s.log)
}
