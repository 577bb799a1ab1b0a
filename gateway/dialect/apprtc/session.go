package apprtc

import (
	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect/fields"
)

// session is one client's.
type session struct {
	a    *apprtc
	room string // "": not registered
}

func (*session) Format() actors.Format { return format }
func (*session) Open(*actors.Conn)     {}

// Receive carries out one message, or says why not and closes. Text and binary are one.
func (s *session) Receive(c *actors.Conn, _ bool, message []byte) {
	if _, closing := c.Closing(); closing { // behind an error, in the same packet
		return
	}
	r := actors.NewRequest()
	if err := s.decode(message, r); err != nil {
		s.a.wsErrors.Add(1)
		c.Refuse(err)
		c.Close(actors.Close{Code: actors.ClosePolicy, Reason: err.Message})
		return
	}
	s.room = r.Room
	c.Do(r)
}

var names = [...]string{"cmd", "roomid", "clientid", "msg"}

// What Collider says.
const (
	errTwice      = "Duplicated register request"
	errNobody     = "Invalid register request: missing 'clientid' or 'roomid'"
	errUnknown    = "Client not registered"
	errNoMessage  = "Invalid send request: missing 'msg'"
	errCommand    = "Invalid message: unexpected 'cmd'"
	errFull       = "Max room capacity reached"
	errRegistered = "Duplicated registration"
	errQueue      = "Too many messages queued for the client"
)

// decode reads one message into r, whose Data aliases it.
func (s *session) decode(message []byte, r *wire.Request) *wire.Error {
	var found [len(names)]fields.Field
	if err := fields.Scan(message, names[:], found[:]); err != nil {
		return err
	}
	r.Size = len(message)
	cmd, err := found[0].Text("cmd", wire.MaxMessage)
	switch {
	case err != nil || cmd != "register" && cmd != "send":
		return fields.Bad(errCommand)
	case cmd == "register":
		return s.register(r, found[1], found[2])
	case s.room == "":
		return fields.Bad(errUnknown)
	case found[3].Missing() || string(found[3]) == `""`:
		return fields.Bad(errNoMessage)
	}
	if _, err := found[3].Text("msg", wire.MaxMessage); err != nil {
		return err
	}
	r.Kind, r.Room, r.Event = wire.KindSend, s.room, event
	r.Data, err = found[3].Value("msg")
	return err
}

func (s *session) register(r *wire.Request, room, client fields.Field) (err *wire.Error) {
	switch {
	case s.room != "":
		return fields.Bad(errTwice)
	case room.Missing() || client.Missing() || string(room) == `""` || string(client) == `""`:
		return fields.Bad(errNobody)
	}
	if r.Room, err = room.Room("roomid"); err != nil {
		return err
	}
	r.Kind, r.Hidden = wire.KindJoin, true
	r.Member, err = client.Text("clientid", MaxClient)
	return err
}
