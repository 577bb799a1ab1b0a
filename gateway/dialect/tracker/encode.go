package tracker

import (
	"fmt"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// interval is how many seconds a peer is to wait before it announces again.
const interval = 120

// appendFailure appends what a client is told that asked for what cannot be. The clients
// read it where it names their swarm, and else take it for the end of the connection. That a
// socket is in a swarm already, or is not, is the rooms' affair and no failure.
func appendFailure(dst []byte, e *wire.Error) []byte {
	if e.Code == wire.AlreadyJoined || e.Code == wire.NotJoined {
		return dst
	}
	dst = append(dst, '{')
	if hash := hashOf(e.Room); hash != "" {
		dst = append(dst, `"action":"announce","info_hash":`...)
		dst = append(fields.AppendString(dst, hash), ',')
	}
	dst = append(dst, `"failure reason":`...)
	return append(fields.AppendString(dst, e.Message), '}')
}

// about begins an answer about the swarm.
func (o *office) about() []byte {
	return fields.AppendString([]byte(`{"action":"announce","info_hash":`), o.hash)
}

func (o *office) announced() []byte {
	return fmt.Appendf(o.about(), `,"interval":%d,"complete":%d,"incomplete":%d}`, interval, o.swarm.complete, o.swarm.incomplete())
}

func (o *office) scraped() []byte {
	b := fields.AppendString([]byte(`{"action":"scrape","files":{`), o.hash)
	return fmt.Appendf(b, `:{"complete":%d,"incomplete":%d,"downloaded":%d}}}`, o.swarm.complete, o.swarm.incomplete(), o.swarm.downloaded)
}

// offered is one of a peer's offers.
func (o *office) offered(m *message, f *offer) []byte {
	return o.passed(m.peer, "offer", f.offer, f.id)
}

// answered is a peer's answer.
func (o *office) answered(m *message) []byte { return o.passed(m.peer, "answer", m.answer, m.answers) }

func (o *office) passed(peer, what string, object []byte, id string) []byte {
	b := append(o.about(), `,"peer_id":`...)
	b = fields.AppendString(b, peer)
	b = fmt.Appendf(b, `,%q:%s,"offer_id":`, what, object)
	return append(fields.AppendString(b, id), '}')
}
