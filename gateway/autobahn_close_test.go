package gateway

import (
	"slices"
	"strings"
)

func closeCases() []autobahnCase {
	const invalid = "κόσμε" + "\xed\xa0\x80" + "edited"
	var valid, reserved []autobahnCase
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999} {
		valid = append(valid, autobahnCase{send: []string{closing(code, "")}, code: code})
	}
	for _, code := range []int{0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999} {
		reserved = append(reserved, autobahnCase{send: []string{closing(code, "")}, code: 1002})
	}
	big := strings.Repeat("BAsd7&jh23", 6553)
	return slices.Concat(
		numbered("7.1",
			autobahnCase{send: []string{text("Hello World!"), closing(1000, "")}, want: texts("Hello World!"), code: 1000},
			autobahnCase{send: []string{closing(1000, ""), masked(0x88, "")}, code: 1000, late: true},
			autobahnCase{send: []string{closing(1000, ""), ping("")}, code: 1000, late: true},
			autobahnCase{send: []string{closing(1000, ""), text("Hello World!")}, code: 1000, late: true},
			autobahnCase{send: []string{first("fragment1"), closing(1000, ""), final("fragment2")}, code: 1000, late: true},
			autobahnCase{send: []string{text(big), text("Hello World!"), closing(1000, ""), ping("")}, want: texts(big, "Hello World!"), code: 1000, late: true},
		),
		numbered("7.3",
			autobahnCase{send: []string{masked(0x88, "")}, code: codeNone},
			autobahnCase{send: []string{masked(0x88, "a")}, code: 1002},
			autobahnCase{send: []string{closing(1000, "")}, code: 1000},
			autobahnCase{send: []string{closing(1000, "Hello World!")}, code: 1000},
			autobahnCase{send: []string{closing(1000, strings.Repeat("*", 123))}, code: 1000},
			autobahnCase{send: []string{closing(1000, strings.Repeat("*", 124))}, code: 1002},
		),
		numbered("7.5", autobahnCase{send: []string{closing(1000, invalid)}, code: 1007}),
		numbered("7.7", valid...),
		numbered("7.9", reserved...),
		numbered("7.13",
			autobahnCase{send: []string{closing(5000, "")}, code: 1002},
			autobahnCase{send: []string{closing(65535, "")}, code: 1002},
		),
	)
}
