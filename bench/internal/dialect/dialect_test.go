package dialect

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/bench/internal/stamp"
)

func TestValuesAreValidAndOfTheirSize(t *testing.T) {
	for _, v := range []Value{
		Text(MinSize), Text(256), Text(4000), Description("offer", 2000), Description("answer", 300), Candidate(180),
	} {
		v.Stamp = stamp.Stamp{Publisher: 1, Number: 2, Intended: 3}
		b := v.AppendJSON(nil)
		require.True(t, json.Valid(b), "%s", b)
		require.Len(t, b, v.Size())
		var r stamp.Reader
		got, _, err := r.Find(b)
		require.NoError(t, err)
		require.Equal(t, v.Stamp, got)
	}
	require.Equal(t, 256, Text(256).Size())
	require.Equal(t, 2000, Description("offer", 2000).Size())
	require.Equal(t, 180, Candidate(180).Size())
}

// Every publish has its stamp, and what a server of the dialect needs.
func TestPublishes(t *testing.T) {
	want := map[string]string{
		"parley":   `{"type":"send","id":5,"room":"r\"1","event":"m","data":%}`,
		"swoole":   `{"cmd":"publish","subject":"r\"1","event":"m","data":%}`,
		"y-webrtc": `{"type":"publish","topic":"r\"1","event":"m","data":%}`,
		"trystero": `{"type":"publish","topic":"r\"1","payload":%}`,
	}
	v := Candidate(180)
	v.Stamp = stamp.Stamp{Publisher: 1, Number: 2, Intended: 3}
	for _, name := range Names() {
		d, err := Find(name)
		require.NoError(t, err)
		frame := d.AppendPublish(nil, Publish{Room: `r"1`, Event: "m", ID: 5, Value: v})
		var r stamp.Reader
		got, at, err := r.Find(frame)
		require.NoError(t, err, name)
		require.Positive(t, at, name)
		require.Equal(t, v.Stamp, got, name)
		if w, ok := want[name]; ok {
			require.JSONEq(t, string(replace(w, v.AppendJSON(nil))), string(frame))
		}
	}
}

func replace(pattern string, value []byte) []byte {
	var out []byte
	for _, c := range []byte(pattern) {
		if c == '%' {
			out = append(out, value...)
		} else {
			out = append(out, c)
		}
	}
	return out
}

func TestUnknownDialectsAreNamed(t *testing.T) {
	_, err := Find("smoke")
	require.ErrorContains(t, err, `no dialect "smoke"; there are parley, parley-msgpack, swoole, y-webrtc, trystero, plain`)
}

// What the engine's codec writes, the harness reads; what the harness writes, it decodes.
func TestParley(t *testing.T) {
	for _, name := range []string{"parley", "parley-msgpack"} {
		t.Run(name, func(t *testing.T) {
			d, err := Find(name)
			require.NoError(t, err)
			codec := d.(parley).codec

			var r wire.Request
			self := Membership{Member: "a", Key: "k", Epoch: "e", Seq: 1 << 40}
			require.NoError(t, wire.Decode(codec, d.AppendJoin(nil, Join{Room: "r", ID: 1, Resume: &self}), &r))
			require.True(t, r.Hidden)
			require.Equal(t, wire.Resume{Member: "a", Key: "k", Epoch: "e", Seq: 1 << 40}, *r.Resume)
			require.NoError(t, wire.Decode(codec, d.AppendPublish(nil, Publish{Room: "r", Event: "m", Value: Description("offer", 500)}), &r))
			require.Equal(t, wire.KindSend, r.Kind)

			joined := &wire.Joined{ID: 7, Room: "r", Epoch: "e", Seq: 9, Recovered: true, Self: wire.Self{Member: "a", Key: "k", Profile: wire.Value{Codec: wire.JSON, Bytes: []byte("null")}}}
			frame := joined.AppendTo(nil, codec)
			m, err := d.Read(frame)
			require.NoError(t, err)
			m.Room = strings.Clone(m.Room)
			clear(frame) // the buffer is used again
			require.Equal(t, Message{Kind: Joined, ID: 7, Room: "r", Seq: 9, Recovered: true, Self: Membership{"a", "k", "e", 9}}, m)
			m, err = d.Read((&wire.Error{ID: 3, Code: "forbidden", Message: "no"}).AppendTo(nil, codec))
			require.NoError(t, err)
			require.Equal(t, Message{Kind: Failed, ID: 3, Text: "forbidden: no"}, m)
			_, err = d.Read([]byte("{"))
			require.Error(t, err)

			for _, seq := range []uint64{1, 127, 128, 255, 256, 65535, 65536, 1 << 32, 1<<53 - 1} {
				ev := &wire.Event{Room: "r", Seq: seq, From: "a", Event: "m", Data: d.(parley).value(Text(100))}
				require.Equal(t, seq, d.Seq(ev.AppendTo(nil, codec)))
			}
			require.Zero(t, d.Seq((&wire.Pong{}).AppendTo(nil, codec)))
		})
	}
}
