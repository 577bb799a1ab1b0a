package ice

import (
	"errors"
	"net"
	"strconv"
	"strings"
)

// External is a STUN or TURN server of somebody else's, coturn say.
type External struct {
	URL                string // as in an RTCIceServer's urls
	Username, Password string // of a TURN server that has fixed ones; "": minted with the secret
}

var errExternal = errors.New(`must be "stun:host:port", "turn:host:port?transport=udp" or "turns:host:port?transport=tcp", ` +
	`with "user:password@" before the host where the credentials are fixed`)

// ParseExternal reads a server's URL: stun:, stuns:, turn: or turns: (RFC 7064, RFC 7065), in the
// case of TURN also with fixed credentials, turn:user:password@host, where the
// user has no colon. The error does not repeat the text.
func ParseExternal(text string) (External, error) {
	scheme, rest, _ := strings.Cut(text, ":")
	var e External
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		var ok bool
		e.Username, e.Password, ok = strings.Cut(rest[:i], ":")
		if !ok || e.Username == "" || e.Password == "" || !isTURN(scheme) {
			return External{}, errExternal
		}
		rest = rest[i+1:]
	}
	where, query, has := strings.Cut(rest, "?")
	known := isTURN(scheme) || scheme == "stun" || scheme == "stuns"
	if !known || !isHostPort(where) || has && !(isTURN(scheme) && (query == "transport=udp" || query == "transport=tcp")) {
		return External{}, errExternal
	}
	e.URL = scheme + ":" + rest
	return e, nil
}

func isTURN(scheme string) bool { return scheme == "turn" || scheme == "turns" }

// Minted tells whether the server's credentials are made with the secret.
func (e External) Minted() bool { return strings.HasPrefix(e.URL, "turn") && e.Username == "" }

// isHostPort allows a name or an address, with or without a port; IPv6 in brackets.
func isHostPort(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		host, port = s, "1"
		if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
			host = s[1 : len(s)-1]
		} else if strings.Contains(s, ":") {
			return false
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" {
		return false
	}
	if strings.Contains(host, ":") || strings.HasPrefix(s, "[") {
		return strings.Contains(host, ":") && net.ParseIP(host) != nil
	}
	return !strings.ContainsFunc(host, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
	})
}
