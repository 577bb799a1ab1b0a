package actors

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// A value that a program has made by hand, and wrongly, is refused: once in the history it
// would end the room when somebody came back.
func TestUnreadableDataDoesNotReachTheHistory(t *testing.T) {
	r := newRig(t, Options{})
	a := r.connect()
	a.join("r", "")
	var errs []error
	require.NoError(t, r.sys.Do("r", func(room *Room) {
		for _, text := range []string{`{`, `1 2`, `"\x"`, ``} {
			errs = append(errs, room.Broadcast("e", wire.Value{Codec: wire.JSON, Bytes: []byte(text)}))
		}
		errs = append(errs, room.Broadcast("e", wire.Value{Codec: wire.Msgpack, Bytes: []byte{0xc1}}))
		require.NoError(t, room.Broadcast("e", wire.Value{}))
	}))
	r.settle()
	require.Len(t, errs, 5)
	for _, err := range errs {
		require.ErrorContains(t, err, "data: ")
	}
	a.end()
}
