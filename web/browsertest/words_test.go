package browsertest

import (
	"net"
	"strings"
	"testing"
)

// Without devices one joins all the same, sees the other, and is told why one is not seen.
func TestPermissionDenied(t *testing.T) {
	c := everyday(t)
	link := engine(t, "127.0.0.1:0").URL() + "?room=denied"
	ada, bob := c.person(t, "ada", true), c.person(t, "bob", false)
	bob.open(link)
	bob.reads("#devices", "Camera and microphone are blocked for this page.")
	bob.reads("#self", "You, without camera")
	bob.status(waiting)
	ada.open(link)
	bob.sees("#remote", 5)
	ada.status(connected)
	ada.reads("#remote-note", "Their camera and microphone are off")

	bob.allowDevices()
	bob.press("#devices button")
	ada.sees("#remote", 5)
}

func TestNoDevices(t *testing.T) {
	c := special(t, map[string]any{"use-fake-device-for-media-stream": false})
	link := engine(t, "127.0.0.1:0").URL() + "?room=none"
	ada := c.person(t, "ada", true)
	ada.open(link)
	ada.reads("#devices", "No camera and no microphone were found.")
	ada.status(waiting)
}

// A page over plain HTTP from another name than localhost has no navigator.mediaDevices.
func TestInsecureContext(t *testing.T) {
	c := everyday(t)
	_, port, _ := net.SplitHostPort(engine(t, "127.0.0.1:0").Addr().String())
	ada := c.person(t, "ada", true)
	ada.open("http://parley.test:" + port + "/?room=plain")
	ada.reads("#devices", "Browsers allow camera and microphone only on https pages or on localhost")
	ada.status(waiting)
	ada.press("#copy") // the clipboard, too, is for secure contexts only
	ada.reads("#copy", "Copied")
}

// What the server refuses is said in words.
func TestBadLink(t *testing.T) {
	c := everyday(t)
	ada := c.person(t, "ada", true)
	ada.open(engine(t, "127.0.0.1:0").URL() + "?room=" + strings.Repeat("x", 129))
	ada.reads("#over h2", "This link names no call")
}
