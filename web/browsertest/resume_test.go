package browsertest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const lost = "Line to the server lost, reconnecting… The call goes on."

// The signaling line is cut during a call: the media goes on, the page resumes, and what was
// said meanwhile arrives.
func TestLineCut(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	l := newLine(t, s.Addr().String())

	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.open(l.url() + "?room=cut")
	ada.status(waiting)
	bob.open(s.URL() + "?room=cut")
	ada.sees("#remote", 5)
	bob.sees("#remote", 5)
	ada.status(connected)
	bob.status(connected)

	l.cut()
	ada.status(lost)
	bob.status("Connected. The other person has lost their line to the server.")
	bob.press("#camera") // missed by ada, for now
	bob.press("#microphone")
	ada.press("#microphone") // waits in ada's queue
	bob.until(`document.querySelector('#remote').videoWidth > 0`)
	bob.sees("#remote", 15)
	ada.status(lost)

	l.mend()
	ada.status(connected)
	bob.status(connected)
	ada.reads("#remote-note", "Their camera and microphone are off")
	bob.reads("#remote-note", "Their microphone is off")

	joins := ada.wire.joins()
	require.Len(t, joins, 2)
	require.True(t, joins[1].Recovered)
	require.Equal(t, joins[0].Self.Member, joins[1].Self.Member)
	require.Equal(t, joins[0].Epoch, joins[1].Epoch)
	require.Len(t, eval[[]string](ada, `__peers.map((pc) => pc.connectionState)`), 1, "the media never noticed")

	bob.press("#camera") // signaling works in both directions again
	ada.reads("#remote-note", "Their microphone is off")
	ada.sees("#remote", 5)
}

// The engine is restarted during a call: everyone is somebody new to the room, in a new
// epoch, and still the call goes on over the same peer connection.
func TestEngineRestart(t *testing.T) {
	c := everyday(t)
	s := engine(t, "127.0.0.1:0")
	addr, link := s.Addr().String(), s.URL()+"?room=again"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", true)
	ada.open(link)
	ada.status(waiting)
	bob.open(link)
	ada.sees("#remote", 5)
	bob.sees("#remote", 5)

	stop(t, s)
	ada.status(lost)
	engine(t, addr)
	ada.status(connected)
	bob.status(connected)
	ada.sees("#remote", 10)
	bob.sees("#remote", 10)
	for _, p := range []*person{ada, bob} {
		require.Len(t, eval[[]string](p, `__peers.map((pc) => pc.connectionState)`), 1, "the media never noticed")
	}
	bob.press("#camera")
	ada.reads("#remote-note", "Their camera is off")
	bob.press("#hang-up")
	ada.status(left)
	joins := ada.wire.joins()
	require.False(t, joins[len(joins)-1].Recovered)
	require.NotEqual(t, joins[0].Epoch, joins[len(joins)-1].Epoch)
}
