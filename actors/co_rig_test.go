package actors

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// stage is a rig with one room, "stage", and a behaviour in it.
type stage struct {
	*rig
	log *logged
}

// logged keeps what was logged.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newStage(t testing.TB, b Behavior) *stage { return newStageWith(t, Options{}, b) }

func newStageWith(t testing.TB, o Options, b Behavior) *stage {
	log := &logged{}
	o.Logger = slog.New(slog.NewTextHandler(log, nil))
	s := &stage{newRig(t, o), log}
	require.NoError(t, s.sys.Behavior("stage", b))
	return s
}

// enter joins the stage and returns the client and its member id.
func (s *stage) enter() (*client, string) {
	s.t.Helper()
	c := s.connect()
	id, _ := c.selfOf(c.join("stage", ""))
	return c, id
}

// end ends the connections and expects that nothing is left of the room.
func (s *stage) end(clients ...*client) {
	s.t.Helper()
	for _, c := range clients {
		c.conn.Ended(true)
	}
	s.settle()
	require.Zero(s.t, s.sys.Stats().Rooms)
}

// shout sends an event without asking for an answer.
func (c *client) shout(event, data string) {
	c.say(fmt.Sprintf(`{"type":"send","room":"stage","event":%q,"data":%s}`, event, data))
}

// events are the names and data of the events that came from the room itself.
func (c *client) events() (list []string) {
	c.t.Helper()
	for _, o := range c.hear() {
		if o["type"] == "event" && o["from"] == "" {
			list = append(list, fmt.Sprintf("%v %v", o["event"], o["data"]))
		}
	}
	return list
}

// steps collects what coroutines do, in order.
type steps struct{ list []string }

func (s *steps) add(format string, args ...any) {
	s.list = append(s.list, fmt.Sprintf(format, args...))
}
