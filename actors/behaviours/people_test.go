package behaviours

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clocktest"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a system with one room, "room", and a behaviour in it.
type house struct {
	t   *testing.T
	sys *actors.System
	clock
}

// clock is how time passes in a house.
type clock struct {
	pass   func(time.Duration) // and all that it sets off is done
	settle func()              // what is under way is done
}

// inHouse runs f twice, and closes the house afterwards: in a bubble, whose time is the real
// clock's, and with a fake clock.
func inHouse(t *testing.T, b actors.Behavior, f func(h *house)) {
	t.Helper()
	t.Run("in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			build(t, actors.Options{}, clock{pass: time.Sleep, settle: synctest.Wait}, b, f)
		})
	})
	t.Run("with a fake clock", func(t *testing.T) {
		c := clocktest.New()
		build(t, c.Options(actors.Options{}), clock{pass: c.Advance, settle: c.Settle}, b, f)
	})
}

func build(t *testing.T, o actors.Options, c clock, b actors.Behavior, f func(h *house)) {
	sys, err := actors.NewSystem(o)
	require.NoError(t, err)
	require.NoError(t, sys.Behavior("room", b))
	f(&house{t, sys, c})
	require.NoError(t, sys.Close(context.Background()))
	require.Equal(t, actors.Stats{Refused: sys.Stats().Refused}, sys.Stats(), "nothing lives, and nothing but refusals went wrong")
}

// person is a connection in memory.
type person struct {
	*house
	conn *actors.Conn
	id   string
	next int
}

func (*person) Ready() {} // the test looks after every step

// framed is JSON with its length before it.
type framed struct{}

func (framed) Append(dst []byte, m wire.Message) []byte {
	start := len(dst)
	dst = m.AppendTo(append(dst, 0, 0, 0, 0), wire.JSON)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

func (h *house) connect() *person {
	p := &person{house: h}
	p.conn = h.sys.Connect(actors.ConnOptions{Format: framed{}, Transport: p})
	return p
}

// knock asks to come in.
func (h *house) knock() *person {
	p := h.connect()
	p.say(wire.Request{Kind: wire.KindJoin, Room: "room"})
	return p
}

// enter expects to be let in.
func (h *house) enter() *person {
	h.t.Helper()
	p := h.knock()
	p.entered()
	return p
}

// entered expects the answer to a knock.
func (p *person) entered() {
	p.t.Helper()
	for _, m := range p.messages() {
		if j, ok := m.(*wire.Joined); ok {
			p.id = j.Self.Member
			return
		}
	}
	p.t.Fatal("not let in")
}

func (p *person) say(q wire.Request) {
	p.next++
	q.ID = uint64(p.next)
	r := actors.NewRequest()
	require.NoError(p.t, wire.Decode(wire.JSON, wire.AppendRequest(nil, wire.JSON, &q), r))
	p.conn.Do(r)
	p.settle()
}

// send sends an event; to may be empty.
func (p *person) send(event string, data any, to ...string) {
	p.t.Helper()
	v, err := wire.NewValue(wire.JSON, data)
	require.NoError(p.t, err)
	p.say(wire.Request{Kind: wire.KindSend, Room: "room", Event: event, Data: v, To: to})
}

func (p *person) messages() (list []wire.Message) {
	p.t.Helper()
	p.settle()
	for {
		iov := p.conn.Pending(make([][]byte, 0, 16))
		if len(iov) == 0 {
			return list
		}
		for _, b := range iov {
			p.conn.Wrote(len(b))
			for len(b) > 0 {
				n := 4 + binary.BigEndian.Uint32(b)
				m, err := wire.DecodeMessage(wire.JSON, b[4:n])
				require.NoError(p.t, err)
				list = append(list, m)
				b = b[n:]
			}
		}
	}
}

// hear is what has come since it last heard, but for answers that are ok: events of the room
// as "name data", those of members as "name! data", errors as "error code".
func (p *person) hear() (list []string) {
	p.t.Helper()
	for _, m := range p.messages() {
		switch m := m.(type) {
		case *wire.Event:
			mark := ""
			if m.From != "" {
				mark = "!"
			}
			list = append(list, m.Event+mark+" "+string(m.Data.Bytes))
		case *wire.Error:
			list = append(list, "error "+string(m.Code))
		}
	}
	return list
}

// heard expects one event of the room, and returns its data.
func (p *person) heard(event string) (data map[string]string) {
	p.t.Helper()
	list := p.hear()
	require.Len(p.t, list, 1, "%v", list)
	name, text, _ := strings.Cut(list[0], " ")
	require.Equal(p.t, event, name, "%v", list)
	require.NoError(p.t, json.Unmarshal([]byte(text), &data))
	return data
}

// goes ends connections: clean, or as if a line was lost.
func (h *house) goes(clean bool, people ...*person) {
	for _, p := range people {
		p.conn.Ended(clean)
	}
	h.settle()
}

func ended(peer, reason string) []string {
	return []string{fmt.Sprintf(`ended {"peer":%q,"reason":%q}`, peer, reason)}
}

func TestByName(t *testing.T) {
	require.Equal(t, []string{"call", "matchmaker", "moderated", "talking"}, Names())
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			inHouse(t, ByName(name), func(h *house) { h.goes(true, h.enter()) })
		})
	}
	require.Nil(t, ByName("nonsense"))
}
