package wire_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	. "github.com/parley-signaling/parley/actors/wire"
)

func allocs(t *testing.T, want int, what string, f func()) {
	t.Helper()
	require.LessOrEqual(t, testing.AllocsPerRun(100, f), float64(want), what)
}

func TestDecodeAllocates(t *testing.T) {
	for _, c := range codecs {
		r := new(Request)
		decode := func(frame []byte) func() {
			return func() {
				if err := Decode(c, frame, r); err != nil {
					panic(err)
				}
			}
		}
		allocs(t, 0, "a broadcast", decode(encode(t, c, with(aSend, "to", absent))))
		allocs(t, 1, "to one: the list", decode(encode(t, c, aSend)))
		allocs(t, 1, "to many: the list", decode(encode(t, c, with(aSend, "to", repeat(256)))))
		allocs(t, 0, "update", decode(encode(t, c, anUp)))
		allocs(t, 0, "ping", decode(encode(t, c, aPing)))
		allocs(t, 0, "a join", decode(encode(t, c, with(aJoin, "nonce", strings.Repeat("n", 20)))))
		allocs(t, 1, "a resume: the Resume", decode(encode(t, c, with(aJoin, "resume", aResume))))
	}
}

func TestEncodeAllocates(t *testing.T) {
	dst := make([]byte, 0, 1<<16)
	for _, c := range codecs {
		for _, m := range messages {
			allocs(t, 0, m.name, func() { m.m.AppendTo(dst, c) })
		}
		for _, r := range requests {
			allocs(t, 0, r.name, func() { AppendRequest(dst, c, &r.want) })
		}
	}
	text := jsonValue(`{"sdp":"v=0\r\n` + strings.Repeat("a=x\\r\\n", 100) + `","n":[1,-2,1.5,1e9,true,null,"\ud83c\udfa5",[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]]}`)
	packed := Value{Msgpack, text.Append(nil, Msgpack)}
	allocs(t, 0, "transcoding to msgpack", func() { text.Append(dst, Msgpack) })
	allocs(t, 0, "transcoding to JSON", func() { packed.Append(dst, JSON) })
}

// bytesPerRun is what f allocates, in bytes.
func bytesPerRun(f func()) uint64 {
	const runs = 10
	var before, after runtime.MemStats
	f()
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}

// TestLengthBombs: a claim of four billion elements or bytes costs no more than its answer.
func TestLengthBombs(t *testing.T) {
	for _, head := range []string{
		"\xdf\xff\xff\xff\xff", "\xdd\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xc6\xff\xff\xff\xff", "\xc9\xff\xff\xff\xff",
		"\xde\xff\xff", "\xdc\xff\xff", "\xda\xff\xff", "\xc5\xff\xff", "\xc8\xff\xff", "\xdf\x7f\xff\xff\xff", "\xdf\x80\x00\x00\x00",
	} {
		for _, bomb := range []string{
			head, head + "\x00", "\x81\xa4data" + head, "\x81\xa2to" + head, "\x81\xa7profile" + head, "\x81\xa6resume" + head,
			"\x81" + head, "\x81\xa1x" + strings.Repeat("\x91", 50) + head, "\x81\xa1x\x92" + head + head,
			"\x82\xa4type\xa6joined\xa7members" + head, "\x82\xa4type\xa2ok\xa7missing" + head,
		} {
			frame := []byte(bomb)
			var r Request
			require.Less(t, bytesPerRun(func() {
				err := Decode(Msgpack, frame, &r)
				if err == nil || err.(*Error).Code != BadFrame {
					panic("accepted")
				}
			}), uint64(1024), "%q", bomb)
			require.Less(t, bytesPerRun(func() {
				if _, err := DecodeMessage(Msgpack, frame); err == nil {
					panic("accepted")
				}
			}), uint64(1024), "%q", bomb)
		}
	}
}

// TestHostileFramesAllocateLittle: no frame of the greatest size costs more than a few times
// its length, whatever it is full of.
func TestHostileFramesAllocateLittle(t *testing.T) {
	fill := func(head, unit, tail string) []byte {
		n := (MaxMessage - len(head) - len(tail)) / len(unit)
		return []byte(head + strings.Repeat(unit, n) + tail)
	}
	const send = `{"type":"send","room":"r","event":"e",`
	for _, frame := range [][]byte{
		fill(send+`"data":`, "[", ""), fill(send+`"data":`, `{"a":`, ""), fill(send+`"to":[0`, ",0", "]}"), fill(send+`"x":0`, `,"\u0078":0`, "}"),
		fill(send+`"to":"`, `\u0078`, `"}`), fill(send+`"data":"`, `\u0078`, `"}`),
	} {
		var r Request
		require.Less(t, bytesPerRun(func() { _ = Decode(JSON, frame, &r) }), uint64(2*MaxMessage), "%.60s", frame)
		require.Less(t, bytesPerRun(func() { _, _ = DecodeMessage(JSON, frame) }), uint64(40*MaxMessage), "%.60s", frame)
	}
	const packed = "\xdc\xff\x00"
	for _, frame := range [][]byte{
		fill("\x81\xa1x", "\x91", ""), fill("\x81\xa2to"+packed, "\xc0", ""), fill("\x81\xa2to"+packed, "\xa0", ""), fill("\xde\x70\x00", "\xa0\xc0", ""),
	} {
		var r Request
		require.Less(t, bytesPerRun(func() { _ = Decode(Msgpack, frame, &r) }), uint64(4096), "%.10q", frame)
		require.Less(t, bytesPerRun(func() { _, _ = DecodeMessage(Msgpack, frame) }), uint64(100*MaxMessage), "%.10q", frame)
	}
}
