package gateway

import (
	"bytes"
	"net/url"
	"strings"
)

// endOfHead returns the size of the request head at the front of b, blank line included, and
// 0 where it is not complete. It looks no further back than from.
func endOfHead(b []byte, from int) int {
	for i := max(0, from-3); i < len(b); {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0
		}
		i += n + 1
		switch rest := b[i:]; {
		case bytes.HasPrefix(rest, []byte("\n")):
			return i + 1
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return i + 2
		}
	}
	return 0
}

// parseHead reads an upgrade's head. It takes only what is beyond doubt an upgrade and well
// formed; whatever else it is given, nil is returned, and net/http has the last word.
func parseHead(head []byte) *request {
	lines := string(head)
	line, lines := cutLine(lines)
	target, ok := strings.CutPrefix(line, "GET /")
	if !ok {
		return nil
	}
	if target, ok = strings.CutSuffix(target, " HTTP/1.1"); !ok {
		return nil
	}
	u, err := url.ParseRequestURI("/" + target)
	if err != nil || strings.HasPrefix(target, "/") { // "//host/path" is read in two ways
		return nil
	}
	r := &request{path: u.Path, query: u.RawQuery}
	if !r.readHeaders(lines) {
		return nil
	}
	return r
}

func (r *request) readHeaders(lines string) (upgrade bool) {
	// One line of each is what there nearly always is: no memory is needed for it.
	var one [8][1]string
	hosts, upgrades, connections := one[0][:0], one[1][:0], one[2][:0]
	r.origins, r.keys, r.versions, r.protocols = one[3][:0], one[4][:0], one[5][:0], one[6][:0]
	r.forwarded = one[7][:0]
	for {
		var line string
		if line, lines = cutLine(lines); line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if value = strings.Trim(value, " \t"); !ok || !isToken(name) || !isFieldValue(value) {
			return false
		}
		var to *[]string
		var low [maxHeaderName]byte
		switch string(lower(low[:0], name)) {
		case "host":
			to = &hosts
		case "upgrade":
			to = &upgrades
		case "connection":
			to = &connections
		case "origin":
			to = &r.origins
		case "sec-websocket-key":
			to = &r.keys
		case "sec-websocket-version":
			to = &r.versions
		case "sec-websocket-protocol":
			to = &r.protocols
		case "x-forwarded-for":
			to = &r.forwarded
		case "content-length", "transfer-encoding", "expect":
			return false
		default:
			continue
		}
		*to = append(*to, value)
	}
	if len(hosts) != 1 {
		return false
	}
	r.host = hosts[0]
	return hasToken(upgrades, "websocket") && hasToken(connections, "upgrade")
}

// maxHeaderName is as long as the names that readHeaders looks for, or longer.
const maxHeaderName = 24

// lower appends name in lower case; nothing where it is longer than any that matters.
func lower(dst []byte, name string) []byte {
	if len(name) > maxHeaderName {
		return dst
	}
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
