package peerjs

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// FuzzDecode: whatever is accepted is within the limits, and goes out as JSON again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"type":"HEARTBEAT"}`, `{"type":"LEAVE"}`, `{"type":"LEAVE","dst":"b"}`, `{"type":"EXPIRE","dst":"\ud83d"}`,
		`{"type":"OFFER","dst":"b","payload":{"sdp":{"type":"offer","sdp":"v=0\r\n"},"type":"data","connectionId":"dc_x"}}`,
		`{"type":"CANDIDATE","dst":"b","payload":[1e999,null]}`, "{\"type\":\"\xff\"}", `{`, `null`, `{"type":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		var r wire.Request
		if err := decode(message, &r); err != nil {
			require.Contains(t, []wire.Code{wire.BadFrame, wire.BadRequest}, err.Code)
			require.NotEmpty(t, err.Message)
			return
		}
		switch r.Kind {
		case 0: // a heartbeat
			require.Equal(t, wire.Request{}, r)
			return
		case wire.KindLeave:
			require.Equal(t, peers, r.Room)
			return
		}
		require.Equal(t, wire.KindSend, r.Kind)
		require.Len(t, r.To, 1)
		require.True(t, len(r.To[0]) >= 1 && len(r.To[0]) <= MaxID)
		var sent struct {
			Type, Src, Dst string
			Payload        json.RawMessage
		}
		require.NoError(t, json.Unmarshal(body(nil, &wire.Event{From: "a", Event: r.Event, To: r.To, Data: r.Data}), &sent))
		require.Equal(t, [...]string{r.Event, "a", r.To[0]}, [...]string{sent.Type, sent.Src, sent.Dst})
		require.Equal(t, string(r.Data.Bytes), string(sent.Payload))
	})
}
