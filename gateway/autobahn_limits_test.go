package gateway

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/wire"
)

const mebi = 1 << 20

func limitCases() []autobahnCase {
	var all []autobahnCase
	for i, kind := range []struct {
		op    ws.OpCode
		first byte
	}{{ws.OpText, 1}, {ws.OpBinary, 2}} {
		echoed := func(payload string) []string { return []string{answer(kind.op, payload)} }
		full := strings.Repeat("BAsd7&jh23", wire.MaxMessage/10+1)[:wire.MaxMessage]

		var sizes, pieces, chops, trips []autobahnCase
		sizes = append(sizes, autobahnCase{send: []string{masked(0x80|kind.first, full)}, want: echoed(full)})
		for _, size := range []int{mebi / 4, mebi, 4 * mebi, 8 * mebi, 16 * mebi} {
			sizes = append(sizes, autobahnCase{send: []string{masked(0x80|kind.first, strings.Repeat("*", size))}, code: 1009})
		}
		for _, size := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10} {
			pieces = append(pieces, autobahnCase{send: fragments(kind.first, full, size), want: echoed(full)})
		}
		for _, size := range []int{mebi / 4, mebi, 4 * mebi} {
			pieces = append(pieces, autobahnCase{send: fragments(kind.first, strings.Repeat("*", 4*mebi), size), code: 1009})
		}
		for _, chop := range []int{64, 128, 256, 512, 1024, 2048} {
			chops = append(chops, autobahnCase{send: []string{masked(0x80|kind.first, full)}, chop: chop, want: echoed(full)})
		}
		for _, size := range []int{0, 16, 64, 256, 1024, 4096} {
			trips = append(trips, roundTrips(kind.op, strings.Repeat("*", size), 100))
		}
		endless := slices.Repeat([]string{masked(0, strings.Repeat("*", 4096))}, 100)
		endless[0] = masked(kind.first, strings.Repeat("*", 4096))
		all = slices.Concat(all,
			numbered(fmt.Sprint("9.", i+1), sizes...), numbered(fmt.Sprint("9.", i+3), pieces...),
			numbered(fmt.Sprint("9.", i+5), chops...), numbered(fmt.Sprint("9.", i+7), trips...),
			numbered(fmt.Sprint("9.", i+9), autobahnCase{send: endless, chop: frameWise, code: 1009}))
	}
	return all
}

// roundTrips sends a message again as soon as it has come back.
func roundTrips(op ws.OpCode, payload string, times int) autobahnCase {
	var c autobahnCase
	for range times {
		c.send = append(c.send, masked(0x80|byte(op), payload), await)
		c.want = append(c.want, answer(op, payload))
	}
	return c
}

func autoFragmentationCases() []autobahnCase {
	m := strings.Repeat("*", wire.MaxMessage)
	return numbered("10.1", autobahnCase{send: fragments(1, m, 1300), want: texts(m)})
}
