package apprtc

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// FuzzDecode: whatever is accepted is within the limits, and goes out as JSON again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"cmd":"register","roomid":"r","clientid":"c"}`, `{"cmd":"send","msg":"{\"type\":\"bye\"}"}`,
		`{"cmd":"send","msg":"\ud83d"}`, `{"cmd":"register","roomid":"\u0000","clientid":""}`, `{"cmd":null}`, `[]`, "\xff",
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, message []byte, registered bool) {
		s := &session{}
		if registered {
			s.room = "r"
		}
		var r wire.Request
		if err := s.decode(message, &r); err != nil {
			require.Contains(t, []wire.Code{wire.BadFrame, wire.BadRequest}, err.Code)
			require.NotEmpty(t, err.Message)
			return
		}
		require.Equal(t, registered, r.Kind == wire.KindSend)
		require.True(t, len(r.Room) >= 1 && len(r.Room) <= wire.MaxRoom)
		if !registered {
			require.Equal(t, wire.KindJoin, r.Kind)
			require.True(t, len(r.Member) >= 1 && len(r.Member) <= MaxClient)
			return
		}
		var sent struct{ Msg, Error *string }
		require.NoError(t, json.Unmarshal(body(nil, &wire.Event{Event: event, Data: r.Data}), &sent))
		require.NotEmpty(t, *sent.Msg)
		require.Empty(t, *sent.Error)
	})
}
