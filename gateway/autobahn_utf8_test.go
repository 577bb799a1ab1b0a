package gateway

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

func utf8Cases() []autobahnCase {
	const umlauts, kosme = "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε"
	const surrogate = kosme + "\xed\xa0\x80" + "edited"
	return slices.Concat(
		numbered("6.1",
			autobahnCase{send: []string{text("")}, want: texts("")},
			autobahnCase{send: []string{first(""), middle(""), final("")}, want: texts("")},
			autobahnCase{send: []string{first(""), middle("middle frame payload"), final("")}, want: texts("middle frame payload")},
		),
		numbered("6.2",
			autobahnCase{send: []string{text(umlauts)}, want: texts(umlauts)},
			autobahnCase{send: []string{first("Hello-µ@ßöä"), final("üàá-UTF-8!!")}, want: texts(umlauts)},
			autobahnCase{send: fragments(1, umlauts, 1), want: texts(umlauts)},
			autobahnCase{send: fragments(1, kosme, 1), want: texts(kosme)},
		),
		numbered("6.3",
			autobahnCase{send: []string{text(surrogate)}, code: 1007},
			autobahnCase{send: fragments(1, surrogate, 1), code: 1007},
		),
		failFastCases(kosme),
		sequenceCases(),
	)
}

// failFastCases end before the message does: it is the byte 0x90, the second of a character
// beyond U+10FFFF, that must fail it.
func failFastCases(valid string) []autobahnCase {
	const beyond, rest = "\xf4\x90\x80\x80", "edited"
	all := valid + beyond + rest
	framed, to := text(all), len(text(all))-len(all)
	at := len(valid) + 1 // of the 0x90
	return numbered("6.4",
		autobahnCase{send: []string{first(valid), middle(beyond)}, chop: frameWise, code: 1007},
		autobahnCase{send: []string{first(all[:at]), middle(all[at : at+1])}, chop: frameWise, code: 1007},
		autobahnCase{send: []string{framed[:to+len(valid)], framed[to+len(valid) : to+at+3]}, chop: frameWise, code: 1007, rest: framed[to+at+3:]},
		autobahnCase{send: []string{framed[:to+at], framed[to+at : to+at+1]}, chop: frameWise, code: 1007, rest: framed[to+at+1:]},
	)
}

// sequenceCases are 6.5 to 6.23, from Markus Kuhn's "UTF-8 decoder capability and stress test".
func sequenceCases() []autobahnCase {
	const kosme = "κόσμε"
	var prefixes, lonely, nonCharacters []string
	for n := range len(kosme) {
		prefixes = append(prefixes, kosme[:n+1])
	}
	for _, r := range [][2]int{{0xc0, 0xdf}, {0xe0, 0xef}, {0xf0, 0xf7}, {0xf8, 0xfb}, {0xfc, 0xfd}} {
		var s strings.Builder
		for c := r[0]; c < r[1]; c++ {
			s.WriteString(string([]byte{byte(c), ' '}))
		}
		lonely = append(lonely, s.String())
	}
	var continuations []byte
	for c := 0x80; c < 0xbf; c++ {
		continuations = append(continuations, byte(c))
	}
	for plane := rune(0); plane <= 16; plane++ {
		nonCharacters = append(nonCharacters, string(plane<<16|0xfffe), string(plane<<16|0xffff))
	}
	truncated := []string{"\xc0", "\xe0\x80", "\xf0\x80\x80", "\xf8\x80\x80\x80", "\xfc\x80\x80\x80\x80",
		"\xdf", "\xef\xbf", "\xf7\xbf\xbf", "\xfb\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf"}
	var all []autobahnCase
	for i, list := range [][]string{
		{"hello$world", "hello¢world", "hello€world", "hello\U00024b62world", kosme},
		prefixes,
		{"\x00", "\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"},
		{"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80"},
		{"\x7f", "\xdf\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		{"\xf7\xbf\xbf\xbf", "\xfb\xbf\xbf\xbf\xbf", "\xfd\xbf\xbf\xbf\xbf\xbf"},
		{"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80"},
		{"\x80", "\xbf", "\x80\xbf", "\x80\xbf\x80", "\x80\xbf\x80\xbf", "\x80\xbf\x80\xbf\x80", "\x80\xbf\x80\xbf\x80\xbf", string(continuations)},
		lonely,
		truncated,
		{strings.Join(truncated, "")},
		{"\xfe", "\xff", "\xfe\xfe\xff\xff"},
		{"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf8\x80\x80\x80\xaf", "\xfc\x80\x80\x80\x80\xaf"},
		{"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf8\x87\xbf\xbf\xbf", "\xfc\x83\xbf\xbf\xbf\xbf"},
		{"\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xfc\x80\x80\x80\x80\x80"},
		{"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xaf\xbf", "\xed\xb0\x80", "\xed\xbe\x80", "\xed\xbf\xbf"},
		{"\xed\xa0\x80\xed\xb0\x80", "\xed\xa0\x80\xed\xbf\xbf", "\xed\xad\xbf\xed\xb0\x80", "\xed\xad\xbf\xed\xbf\xbf",
			"\xed\xae\x80\xed\xb0\x80", "\xed\xae\x80\xed\xbf\xbf", "\xed\xaf\xbf\xed\xb0\x80", "\xed\xaf\xbf\xed\xbf\xbf"},
		nonCharacters,
		{"\ufff9", "\ufffa", "\ufffb", "\ufffc", "\ufffd", "\ufffe", "\uffff"},
	} {
		var cases []autobahnCase
		for _, s := range list {
			c := autobahnCase{send: []string{text(s)}, want: texts(s)}
			if !utf8.ValidString(s) {
				c.want, c.code = nil, 1007
			}
			cases = append(cases, c)
		}
		all = append(all, numbered(fmt.Sprint("6.", i+5), cases...)...)
	}
	return all
}
