package actors

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGlancesShowTheLargestRooms(t *testing.T) {
	r := newRig(t, Options{})
	var all []*client
	for room := range 5 {
		for range room + 1 {
			c := r.connect()
			c.join(fmt.Sprintf("room-%d", room), "")
			all = append(all, c)
		}
	}
	all[0].say(`{"type":"send","room":"room-0","event":"e"}`) // waits in the mailbox
	g := r.sys.Glances(3)
	require.Len(t, g, 3)
	for i, name := range []string{"room-4", "room-3", "room-2"} {
		require.Equal(t, name, g[i].Name)
		require.Equal(t, 5-i, g[i].Members)
		require.EqualValues(t, 5-i, g[i].Seq)
		require.Equal(t, Scheduler(r), g[i].Scheduler)
		require.Zero(t, g[i].Mailbox)
	}
	require.Equal(t, 1, r.sys.Glances(10)[4].Mailbox)
	for _, c := range all {
		c.end()
	}
	require.Empty(t, r.sys.Glances(10))
}

func TestGlancesAreBounded(t *testing.T) {
	r := newRig(t, Options{})
	c := r.connect()
	for i := range 200 {
		c.say(fmt.Sprintf(`{"type":"join","room":"%d"}`, i))
		c.hear()
	}
	require.Len(t, r.sys.Glances(7), 7)
	c.end()
}
