package apprtc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// What an HTTP request has a call do goes to it as JSON, since the call may live on another node.

// order is what is to be done.
type order struct {
	What     string          `json:"what"` // join, message, leave, post or remove
	Client   string          `json:"client,omitzero"`
	Subject  string          `json:"subject,omitzero"` // of the token that a join bears
	Loopback bool            `json:"loopback,omitzero"`
	Message  json.RawMessage `json:"message,omitzero"`
}

// report is what has come of it.
type report struct {
	Result    result   `json:"result,omitzero"`
	Problem   string   `json:"problem,omitzero"`
	ID        string   `json:"id,omitzero"`
	Initiator bool     `json:"initiator,omitzero"`
	Messages  []string `json:"messages,omitzero"`
}

// The names of the handlers: of orders by anybody, and where tokens are asked for, but for a join,
// of those that come in the name of a client that the call knows.
const (
	orders          = "orders"
	ordersOfClients = "orders of clients"
)

// patience is how long a request waits for its call's turn.
const patience = 10 * time.Second

// ask has the call that the request names carry an order out, and waits for it.
func (a *apprtc) ask(r *http.Request, o order) (report, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	data, err := json.Marshal(o)
	if err != nil {
		return report{}, err
	}
	room := r.PathValue("room")
	var b []byte
	if a.o.Tokens == nil || o.What == "join" {
		b, err = a.sys.InvokeFor(ctx, dialect.ClientOf(r), Namespace, room, orders, data)
	} else {
		b, err = a.sys.Invoke(ctx, Namespace, room, ordersOfClients, data)
	}
	switch {
	case errors.Is(err, actors.ErrNoRoom):
		return report{Result: unknownRoom, Problem: errUnknown}, nil
	case err != nil:
		return report{}, err
	}
	var rep report
	return rep, json.Unmarshal(b, &rep)
}

// obey is the handler, in the call's turn.
func obey(room *actors.Room, data []byte) ([]byte, error) {
	var o order
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, err
	}
	return json.Marshal(room.State().(*call).obey(o))
}

// obeyClients is obey for clients that have been given their id.
func obeyClients(room *actors.Room, data []byte) ([]byte, error) {
	var o order
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, err
	}
	c := room.State().(*call)
	if k := c.find(o.Client); k == nil || !isOurs(k.id) || room.Barred(k.subject) {
		return json.Marshal(report{Result: unknownClient, Problem: errUnknown})
	}
	return json.Marshal(c.obey(o))
}

func (c *call) obey(o order) report {
	v := wire.Value{Codec: wire.JSON, Bytes: o.Message}
	switch o.What {
	case "join":
		return c.join(o.Subject, o.Loopback)
	case "message":
		return report{Result: c.message(o.Client, v)}
	case "leave":
		return report{Result: c.leave(o.Client)}
	case "post":
		k := c.admit(o.Client)
		switch {
		case k == nil:
			return report{Problem: errFull}
		case !c.send(k, v):
			return report{Problem: errQueue}
		}
	case "remove":
		if k := c.find(o.Client); k != nil {
			c.forget(k)
		}
	}
	return report{}
}
