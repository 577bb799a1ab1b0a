package client

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

const maxAnswer = 16 << 10

var (
	blankLine = []byte("\r\n\r\n")
	switching = []byte("HTTP/1.1 101")
	acceptKey = []byte("\r\nsec-websocket-accept:")
	protoKey  = []byte("\r\nsec-websocket-protocol:")
)

// checkUpgrade returns the length of the answer at the beginning of b; 0: it is not whole.
func (t *Target) checkUpgrade(b []byte) (int, error) {
	end := bytes.Index(b, blankLine)
	if end < 0 {
		if len(b) > maxAnswer {
			return 0, fmt.Errorf("the upgrade's answer has more than %d bytes", maxAnswer)
		}
		return 0, nil
	}
	end += len(blankLine)
	if !bytes.HasPrefix(b, switching) {
		return 0, refusal(b)
	}
	if got := header(b[:end], acceptKey); got != t.accept {
		return 0, fmt.Errorf("the upgrade's answer has Sec-WebSocket-Accept %q", got)
	}
	if got := header(b[:end], protoKey); got != t.Subprotocol {
		return 0, fmt.Errorf("the server chose subprotocol %q, not %q", got, t.Subprotocol)
	}
	return end, nil
}

// header returns a header's value; key is its lower-case name between line break and colon.
func header(b, key []byte) string {
	for at := 0; at+len(key) <= len(b); at++ {
		next := bytes.IndexByte(b[at:], '\r')
		if next < 0 {
			break
		}
		at += next
		if line := b[at:]; len(line) > len(key) && bytes.EqualFold(line[:len(key)], key) {
			value, _, _ := bytes.Cut(line[len(key):], []byte("\r"))
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// refusal says what an answer that is no 101 says.
func refusal(b []byte) error {
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		return fmt.Errorf("no HTTP answer to the upgrade: %w", err)
	}
	resp.Body.Close()
	return fmt.Errorf("the upgrade was refused: %s", strings.TrimSpace(resp.Status))
}
