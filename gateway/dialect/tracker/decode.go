package tracker

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

const (
	maxOffers  = 82 // of one announce; more are not looked at
	maxOfferID = 64 // bytes
	maxScrape  = 64 // info_hashes of one scrape
	// maxSDP is what an offer or an answer may have, in bytes, so that a message has room for it
	// whoever it comes from.
	maxSDP = 60_000
)

// message is what a client says.
type message struct {
	action string     // announce, scrape
	hashes []string   // info_hashes, as rooms are called; of an announce one
	whole  wire.Value // the message

	// announce
	peer     string // peer_id, 20 characters
	event    event
	complete bool // left is 0
	numwant  int  // maxOffers where it is not said
	offers   []offer
	to       string       // to_peer_id
	answer   fields.Field // an object; nil: none
	answers  string       // offer_id, of the offer that is answered
}

type offer struct {
	offer fields.Field // an object
	id    string
}

type event uint8

const (
	update event = iota
	started
	completed
	stopped
)

var events = map[string]event{
	"update": update, "paused": update, "empty": update, "started": started, "completed": completed, "stopped": stopped,
}

var names = [...]string{
	"action", "info_hash", "peer_id", "event", "left", "numwant", "offers", "to_peer_id", "answer", "offer_id",
}

// fieldsOf are a message's, in the order of names.
type fieldsOf struct {
	action, hash, peer, event, left, numwant, offers, to, answer, offerID fields.Field
}

// decode reads a message; what it returns aliases it. An error names the swarm that it is
// about, if that is known: the clients take one that does not for the connection's end.
func decode(b []byte) (*message, *wire.Error) {
	var found [len(names)]fields.Field
	if err := fields.Scan(b, names[:], found[:]); err != nil {
		return nil, err
	}
	f := fieldsOf{found[0], found[1], found[2], found[3], found[4], found[5], found[6], found[7], found[8], found[9]}
	m := new(message)
	if err := m.decode(&f, b); err != nil {
		if len(m.hashes) == 1 {
			err.Room = m.hashes[0]
		}
		return nil, err
	}
	return m, nil
}

func (m *message) decode(f *fieldsOf, b []byte) (err *wire.Error) {
	if m.action, err = f.action.Text("action", wire.MaxMessage); err != nil {
		return err
	}
	if m.hashes, err = hashes(f.hash); err != nil {
		return err
	}
	if m.whole, err = fields.Field(b).Value("message"); err != nil {
		return err
	}
	switch {
	case m.action == "scrape":
		return nil
	case m.action != "announce":
		return fields.Bad("action: neither announce nor scrape")
	case len(m.hashes) != 1:
		return fields.Bad("info_hash: %d, an announce has 1", len(m.hashes))
	}
	return m.decodeAnnounce(f)
}

func (m *message) decodeAnnounce(f *fieldsOf) (err *wire.Error) {
	if m.peer, err = binary(f.peer, "peer_id"); err != nil {
		return err
	}
	if !f.event.Missing() && string(f.event) != `""` {
		name, err := f.event.Text("event", wire.MaxEvent)
		if err != nil {
			return err
		}
		known := false
		if m.event, known = events[name]; !known {
			return fields.Bad("event: none of started, completed, stopped, update, paused and empty")
		}
	}
	left, known := number(f.left)
	m.complete = known && left == 0
	m.numwant = maxOffers
	if n, known := number(f.numwant); known && n >= 0 && n < maxOffers {
		m.numwant = int(n)
	}
	if !f.answer.Missing() {
		return m.decodeAnswer(f)
	}
	return m.decodeOffers(f.offers)
}

func (m *message) decodeAnswer(f *fieldsOf) (err *wire.Error) {
	if err := description(f.answer, "answer"); err != nil {
		return err
	}
	m.answer = f.answer
	if m.to, err = binary(f.to, "to_peer_id"); err != nil {
		return err
	}
	m.answers, err = f.offerID.Text("offer_id", maxOfferID)
	return err
}

var offerNames = [...]string{"offer", "offer_id"}

func (m *message) decodeOffers(list fields.Field) *wire.Error {
	if list.Missing() {
		return nil
	}
	var offers []json.RawMessage
	if json.Unmarshal(list, &offers) != nil {
		return fields.Bad("offers: not a list")
	}
	for i, one := range offers[:min(len(offers), m.numwant)] {
		at := fmt.Sprintf("offers[%d]", i)
		var found [len(offerNames)]fields.Field
		if fields.Scan(one, offerNames[:], found[:]) != nil {
			return fields.Bad("%s: not an object", at)
		}
		if err := description(found[0], at+".offer"); err != nil {
			return err
		}
		id, err := found[1].Text(at+".offer_id", maxOfferID)
		if err != nil {
			return err
		}
		m.offers = append(m.offers, offer{found[0], id})
	}
	return nil
}

// description checks a session description, which goes on as it came.
func description(f fields.Field, name string) *wire.Error {
	switch {
	case f.Missing():
		return fields.Bad("%s: missing", name)
	case f[0] != '{':
		return fields.Bad("%s: not an object", name)
	case len(f) > maxSDP:
		return fields.Bad("%s: %d bytes, at most %d", name, len(f), maxSDP)
	}
	return nil
}

// hashes reads one info_hash, or a list, as the names of rooms.
func hashes(f fields.Field) ([]string, *wire.Error) {
	if f.Missing() || f[0] != '[' {
		h, err := binary(f, "info_hash")
		if err != nil {
			return nil, err
		}
		return []string{roomOf(h)}, nil
	}
	var list []json.RawMessage
	_ = json.Unmarshal(f, &list) // a list, as the message was scanned
	if n := len(list); n == 0 || n > maxScrape {
		return nil, fields.Bad("info_hash: %d, 1 to %d", n, maxScrape)
	}
	var all []string
	for i, one := range list {
		h, err := binary(fields.Field(one), fmt.Sprintf("info_hash[%d]", i))
		if err != nil {
			return nil, err
		}
		all = append(all, roomOf(h))
	}
	return all, nil
}

// binary reads a string of 20 bytes, each as one character.
func binary(f fields.Field, name string) (string, *wire.Error) {
	s, err := f.Text(name, wire.MaxMessage)
	if err != nil {
		return "", err
	}
	n := 0
	for _, r := range s {
		if n++; r > 0xff {
			return "", fields.Bad("%s: a character that is no byte", name)
		}
	}
	if n != 20 {
		return "", fields.Bad("%s: %d characters, must be 20", name, n)
	}
	return s, nil
}

// number reads a number; known is false for anything else. The original takes null, which is
// how JavaScript writes Infinity, for 0, and so a peer that knows nothing yet for complete.
func number(f fields.Field) (n float64, known bool) {
	n, err := strconv.ParseFloat(string(f), 64)
	return n, err == nil
}

// roomOf is what the room of an info_hash is called.
func roomOf(hash string) string {
	b := make([]byte, 0, 20)
	for _, r := range hash {
		b = append(b, byte(r))
	}
	return hex.EncodeToString(b)
}

// hashOf is the info_hash of a room; "" where the name is not of that kind.
func hashOf(room string) string {
	b, err := hex.DecodeString(room)
	if err != nil {
		return ""
	}
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}
