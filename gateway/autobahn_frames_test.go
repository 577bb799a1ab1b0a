package gateway

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gobwas/ws"
)

func framingCases() []autobahnCase {
	var all []autobahnCase
	for i, kind := range []struct {
		op      ws.OpCode
		first   byte
		payload string
	}{{ws.OpText, 0x81, "*"}, {ws.OpBinary, 0x82, "\xfe"}} {
		var cases []autobahnCase
		for _, size := range []int{0, 125, 126, 127, 128, 65535, 65536} {
			m := strings.Repeat(kind.payload, size)
			cases = append(cases, autobahnCase{send: []string{masked(kind.first, m)}, want: []string{answer(kind.op, m)}})
		}
		chopped := cases[6]
		chopped.chop = 997
		all = append(all, numbered(fmt.Sprint("1.", i+1), append(cases, chopped)...)...)
	}
	return all
}

func pingCases() []autobahnCase {
	most := strings.Repeat("\xfe", 125)
	var ten []string
	for i := range 10 {
		ten = append(ten, fmt.Sprint("payload-", i))
	}
	tenPings := mapped(ten, ping)
	return numbered("2",
		autobahnCase{send: []string{ping("")}, want: pongs("")},
		autobahnCase{send: []string{ping("Hello, world!")}, want: pongs("Hello, world!")},
		autobahnCase{send: []string{ping("\x00\xff\xfe\xfd\xfc\xfb\x00\xff")}, want: pongs("\x00\xff\xfe\xfd\xfc\xfb\x00\xff")},
		autobahnCase{send: []string{ping(most)}, want: pongs(most)},
		autobahnCase{send: []string{ping(most + "\xfe")}, code: 1002},
		autobahnCase{send: []string{ping(most)}, chop: 1, want: pongs(most)},
		autobahnCase{send: []string{pong("")}},
		autobahnCase{send: []string{pong("unsolicited pong payload")}},
		autobahnCase{send: []string{pong("unsolicited pong payload"), ping("ping payload")}, want: pongs("ping payload")},
		autobahnCase{send: tenPings, want: pongs(ten...)},
		autobahnCase{send: tenPings, chop: 1, want: pongs(ten...)},
	)
}

func mapped(list []string, f func(string) string) []string {
	out := slices.Clone(list)
	for i := range out {
		out[i] = f(out[i])
	}
	return out
}

const hello = "Hello, world!"

// thenBad is a text, a frame that breaks the rules, and a ping that must not be answered.
func thenBad(bad string, chop int) autobahnCase {
	return autobahnCase{send: []string{text(hello), bad, ping("")}, chop: chop, want: texts(hello), code: 1002}
}

func rsv(n byte, first byte, payload string) string { return masked(first|n<<4, payload) }

func reservedBitCases() []autobahnCase {
	return numbered("3",
		autobahnCase{send: []string{rsv(1, 0x81, hello)}, code: 1002},
		thenBad(rsv(2, 0x81, hello), 0),
		thenBad(rsv(3, 0x81, hello), frameWise),
		thenBad(rsv(4, 0x81, hello), 1),
		autobahnCase{send: []string{rsv(5, 0x82, "\x00\xff\xfe\xfd\xfc\xfb\x00\xff")}, code: 1002},
		autobahnCase{send: []string{rsv(6, 0x89, hello)}, code: 1002},
		autobahnCase{send: []string{rsv(7, 0x88, "")}, code: 1002},
	)
}

func opcodeCases() []autobahnCase {
	of := func(section string, op byte) []autobahnCase {
		return numbered(section,
			autobahnCase{send: []string{masked(0x80|op, "")}, code: 1002},
			autobahnCase{send: []string{masked(0x80|op+1, "reserved opcode payload")}, code: 1002},
			thenBad(masked(0x80|op+2, ""), 0),
			thenBad(masked(0x80|op+3, hello), 0),
			thenBad(masked(0x80|op+4, hello), 1),
		)
	}
	return append(of("4.1", 3), of("4.2", 11)...)
}

func fragmentationCases() []autobahnCase {
	const one, two = "fragment1", "fragment2"
	both := []string{first(one), final(two)}
	pinged := []string{first(one), ping("ping payload"), final(two)}
	heard := append(pongs("ping payload"), texts(one+two)...)
	nothingToContinue := []string{final("non-continuation payload"), text(hello)}
	nothingToBegin := []string{middle("non-continuation payload"), text(hello)}
	again := []string{first(one), middle(two), ping("pongme 1!"), await,
		middle("fragment3"), middle("fragment4"), ping("pongme 2!"), final("fragment5")}
	heardAgain := append(pongs("pongme 1!", "pongme 2!"), texts("fragment1fragment2fragment3fragment4fragment5")...)
	return numbered("5",
		autobahnCase{send: []string{masked(0x09, one), final(two)}, code: 1002},
		autobahnCase{send: []string{masked(0x0a, one), final(two)}, code: 1002},
		autobahnCase{send: both, want: texts(one + two)},
		autobahnCase{send: both, want: texts(one + two), chop: frameWise},
		autobahnCase{send: both, want: texts(one + two), chop: 1},
		autobahnCase{send: pinged, want: heard},
		autobahnCase{send: pinged, want: heard, chop: frameWise},
		autobahnCase{send: pinged, want: heard, chop: 1},
		autobahnCase{send: nothingToContinue, code: 1002},
		autobahnCase{send: nothingToContinue, code: 1002, chop: frameWise},
		autobahnCase{send: nothingToContinue, code: 1002, chop: 1},
		autobahnCase{send: nothingToBegin, code: 1002},
		autobahnCase{send: nothingToBegin, code: 1002, chop: frameWise},
		autobahnCase{send: nothingToBegin, code: 1002, chop: 1},
		autobahnCase{send: []string{first(one), final(two), middle("fragment3"), text("fragment4")}, want: texts(one + two), code: 1002},
		autobahnCase{send: slices.Repeat([]string{middle(one), first(two), final("fragment3")}, 2), code: 1002},
		autobahnCase{send: slices.Repeat([]string{final(one), first(two), final("fragment3")}, 2), code: 1002},
		autobahnCase{send: []string{first(one), text(two)}, code: 1002},
		autobahnCase{send: again, want: heardAgain},
		autobahnCase{send: again, want: heardAgain, chop: frameWise},
	)
}
