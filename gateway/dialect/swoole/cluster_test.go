package swoole

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/dialecttest"
)

// overNodes has a subject on each of three nodes in turn, with a subscriber on every node.
func overNodes(t *testing.T, f func(t *testing.T, c *dialecttest.Cluster, subject string, owner int, k []*dialecttest.Talker)) {
	enter := func(one *dialecttest.Talker, subject string) {
		one.Says(fmt.Sprintf(`{"cmd":"subscribe","subject":%q}`, subject))
		one.HearsNothing()
	}
	dialecttest.OverNodes(t, New(), "swoole", enter, f)
}

// wantOthersHear has each of some publish, and the others hear it.
func wantOthersHear(subject string, k ...*dialecttest.Talker) {
	for i, one := range k {
		one.Says(fmt.Sprintf(`{"cmd":"publish","subject":%q,"event":"offer","data":{"sdp":"%d"}}`, subject, i))
		one.Says(fmt.Sprintf(`{"cmd":"publish","subject":%q,"event":"call"}`, subject))
		for _, other := range k {
			if other == one {
				other.HearsNothing()
				continue
			}
			other.Hears(fmt.Sprintf(`{"cmd":"publish","event":"offer","data":{"sdp":"%d"}}`, i), `{"cmd":"publish","event":"call","data":null}`)
		}
	}
}

func TestASubjectOverNodes(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, subject string, owner int, k []*dialecttest.Talker) {
		wantOthersHear(subject, k...)
		outside := c.Nodes[0].Connect("")
		outside.Says(fmt.Sprintf(`{"cmd":"publish","subject":%q,"event":"hello"}`, subject))
		for _, one := range k {
			one.Hears(`{"cmd":"publish","event":"hello","data":null}`)
		}
	})
}

func TestASubjectMoves(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, subject string, owner int, k []*dialecttest.Talker) {
		c.Drain(owner)
		require.NotEqual(t, owner, c.Owner("swoole", subject))
		wantOthersHear(subject, k...)
	})
}

func TestTheNodeOfASubjectDies(t *testing.T) {
	overNodes(t, func(t *testing.T, c *dialecttest.Cluster, subject string, owner int, k []*dialecttest.Talker) {
		c.Kill(owner)
		wantOthersHear(subject, k[(owner+1)%3], k[(owner+2)%3])
	})
}
