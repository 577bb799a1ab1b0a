package peerjs

import (
	"crypto/sha256"
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
	id, token, borne, err := s.claim()
	s.query, s.key = "", ""
	if err != nil {
		c.Tell(err)
		c.Close(actors.Close{Code: actors.ClosePolicy, Reason: err.Message})
		return
	}
	r := actors.NewRequest()
	r.Kind, r.Room, r.Hidden, r.Member = wire.KindJoin, peers, true, id
	r.Nonce = identity(id, token)
	r.Size = len(id) + len(token)
	if !borne {
		r.Token = token // where a join token is asked for, this must be one
	}
	c.Do(r)
}

// identity is that of a member: who has the id and the token is the same one. A token may be a
// secret elsewhere, too, and is not kept.
func identity(id, token string) string {
	h := sha256.Sum256([]byte(token))
	return id + "\x00" + string(h[:])
}

// claim reads the id, and the token that proves whose it is. borne: the connection has a join
// token besides, as clients of other protocols have.
func (s *session) claim() (id, token string, borne bool, bad *wire.Error) {
	no := func(e *wire.Error) (string, string, bool, *wire.Error) { return "", "", false, e }
	q, err := url.ParseQuery(s.query)
	if err != nil {
		return no(refusal("the query cannot be read"))
	}
	key, id, token := q.Get("key"), q.Get("id"), q.Get("token")
	switch {
	case key == "" || id == "" || token == "":
		return no(refusal("No id, token, or key supplied to websocket server"))
	case key != s.key:
		return no(&wire.Error{Code: invalidKey, Message: "Invalid key provided"})
	case len(id) > MaxID:
		return no(refusal("id: longer than 128 bytes"))
	case len(token) > MaxToken:
		return no(refusal("token: longer than 8192 bytes"))
	case !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl):
		return no(refusal("id: not UTF-8, or with a control character"))
	}
	return id, token, q.Has("access_token"), nil
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
