package actors

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNobodyNewComesInOnceJoinsAreRefused(t *testing.T) {
	r := newRig(t, Options{})
	a, b := r.connect(), r.connect()
	ja := a.join("r", "")
	r.sys.RefuseJoins()
	refused := b.join("r", "")
	require.Equal(t, "unavailable", refused["code"])
	require.NotZero(t, refused["retryAfter"])
	require.Equal(t, "unavailable", a.join("another", "")["code"])
	b.say(`{"type":"join","id":9,"room":"r",` + resumeOf(ja, 1) + `}`)
	r.settle()
	require.Equal(t, "joined", b.hearOne()["type"], "who comes back still may")
	for _, x := range []*client{a, b} {
		x.end()
	}
}
