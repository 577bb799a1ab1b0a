package peerjs

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// session is one client's. Both fields are empty once it is open.
type session struct{ query, key string }

func (*session) Format() actors.Format { return format }

// Open asks the room for the id, or says what is wrong with the query and closes.
func (s *session) Open(c *actors.Conn) {
	id, token, err := s.claim()
	s.query, s.key = "", ""
	if err != nil {
		c.Tell(err)
		c.Close(actors.Close{Code: actors.ClosePolicy, Reason: err.Message})
		return
	}
	r := actors.NewRequest()
	r.Kind, r.Room, r.Hidden, r.Member = wire.KindJoin, peers, true, id
	r.Nonce = id + "\x00" + token // who has both is that member
	r.Size = len(r.Nonce)
	c.Do(r)
}

// claim reads the id and the token that prove who is who.
func (s *session) claim() (id, token string, bad *wire.Error) {
	q, err := url.ParseQuery(s.query)
	if err != nil {
		return "", "", refusal("the query cannot be read")
	}
	key, id, token := q.Get("key"), q.Get("id"), q.Get("token")
	switch {
	case key == "" || id == "" || token == "":
		return "", "", refusal("No id, token, or key supplied to websocket server")
	case key != s.key:
		return "", "", &wire.Error{Code: wire.Unauthorized, Message: "Invalid key provided"}
	case len(id) > MaxID:
		return "", "", refusal("id: longer than 128 bytes")
	case len(token) > MaxToken:
		return "", "", refusal("token: longer than 256 bytes")
	case !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl):
		return "", "", refusal("id: not UTF-8, or with a control character")
	}
	return id, token, nil
}

func refusal(text string) *wire.Error { return &wire.Error{Code: wire.BadRequest, Message: text} }

// Receive translates one message. Text and binary are one.
func (*session) Receive(c *actors.Conn, _ bool, message []byte) {
	r := actors.NewRequest()
	switch err := decode(message, r); {
	case err != nil:
		c.Refuse(err)
	case r.Kind == 0: // a heartbeat: that it was heard is all
		c.Allow()
	default:
		c.Do(r)
	}
}
