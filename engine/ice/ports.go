package ice

import (
	"errors"
	"strconv"
	"strings"
)

// ParsePorts reads a range of ports, "min-max", both ends included.
func ParsePorts(text string) (low, high uint16, err error) {
	a, b, _ := strings.Cut(text, "-")
	l, err1 := strconv.ParseUint(a, 10, 16)
	h, err2 := strconv.ParseUint(b, 10, 16)
	if err1 != nil || err2 != nil || l < 1024 || l > h {
		return 0, 0, errors.New(`must be "min-max", ports of 1024 to 65535`)
	}
	return uint16(l), uint16(h), nil
}
