package dialect

import (
	"bytes"
	"fmt"
)

// swoole is the protocol of the article's server: subscribe and publish by subject. Nothing
// is answered, and there is no unsubscribe.
type swoole struct{ silent }

func (swoole) Name() string { return "swoole" }
func (swoole) Path() string { return "/swoole" }
func (swoole) Echoes() bool { return false }

func (swoole) AppendJoin(dst []byte, j Join) []byte {
	return fmt.Appendf(dst, `{"cmd":"subscribe","subject":%s}`, quote(j.Room))
}

func (swoole) AppendLeave(dst []byte, _ string) []byte { return dst }

func (swoole) AppendPublish(dst []byte, p Publish) []byte {
	dst = fmt.Appendf(dst, `{"cmd":"publish","subject":%s,"event":%s,"data":`, quote(p.Room), quote(p.Event))
	return append(p.Value.AppendJSON(dst), '}')
}

// silent is what protocols without answers have in common: text frames, no numbers.
type silent struct{}

func (silent) Subprotocol() string { return "" }
func (silent) Binary() bool        { return false }
func (silent) Answers() bool       { return false }
func (silent) Seq([]byte) uint64   { return 0 }

// Read passes over pongs and the like; an error message is an error.
func (silent) Read(frame []byte) (Message, error) {
	if bytes.Contains(frame, []byte(`"error"`)) {
		return Message{Kind: Failed, Text: string(frame)}, nil
	}
	return Message{}, nil
}
