package apprtc

import (
	"encoding/json"
	"net/http"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// answer is the room server's.
type answer struct {
	Result  result         `json:"result"`
	Params  map[string]any `json:"params,omitzero"`
	Problem string         `json:"error,omitempty"` // for people: why the result is ERROR
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client's connection is its own affair
}

func (a *apprtc) fail(w http.ResponseWriter, problem string) {
	a.httpErrors.Add(1)
	reply(w, answer{Result: failed, Problem: problem})
}

func (a *apprtc) join(w http.ResponseWriter, r *http.Request) {
	if !named(r) {
		a.fail(w, badName)
		return
	}
	subject, may := a.mayCall(w, r, r.PathValue("room"))
	if !may {
		return
	}
	e, err := a.ask(r, order{What: "join", Subject: subject, Loopback: query(r, "debug") == "loopback"})
	switch {
	case turnedAway(w, err):
	case err != nil:
		a.fail(w, err.Error())
	case e.Result == failed:
		a.fail(w, e.Problem)
	case e.Result != success:
		reply(w, answer{Result: e.Result, Params: map[string]any{"messages": []string{}}})
	default:
		reply(w, answer{Result: success, Params: a.entered(r, e)})
	}
}

func (a *apprtc) message(w http.ResponseWriter, r *http.Request) {
	v, problem := readBody(r)
	switch {
	case !named(r):
		a.fail(w, badName)
	case problem != "":
		a.fail(w, problem)
	default:
		a.conclude(w, r, order{What: "message", Message: v.Bytes})
	}
}

func (a *apprtc) leave(w http.ResponseWriter, r *http.Request) {
	if !named(r) {
		a.fail(w, badName)
		return
	}
	a.conclude(w, r, order{What: "leave"})
}

// conclude answers with what has come of an order in the client's name.
func (a *apprtc) conclude(w http.ResponseWriter, r *http.Request, o order) {
	o.Client = r.PathValue("client")
	rep, err := a.ask(r, o)
	switch {
	case turnedAway(w, err):
	case err != nil:
		a.fail(w, err.Error())
	case rep.Result == failed:
		a.fail(w, errQueue)
	default:
		reply(w, answer{Result: rep.Result})
	}
}

func (a *apprtc) params(w http.ResponseWriter, r *http.Request) {
	reply(w, a.parameters(r, "", dialect.ClientOf(r).Name))
}

// iceConfig gives credentials to whoever asks, as the original did: its clients ask before they
// join. They are made out to the address, so that what one of them may have relayed is bounded
// however many credentials it asks for, and takes nothing from the others.
//
// Where join tokens are asked for, the credentials are for those who have one for a room that they
// name: the answer to their join names both.
func (a *apprtc) iceConfig(w http.ResponseWriter, r *http.Request) {
	if _, may := a.mayCall(w, r, query(r, "room")); !may {
		return
	}
	room := ""
	if a.o.Tokens != nil {
		room = query(r, "room")
	}
	reply(w, map[string]any{"iceServers": a.iceServers(room, dialect.ClientOf(r).Name)})
}

// iceServers is never null. Where tokens are asked for, there are none without a room.
func (a *apprtc) iceServers(room, client string) json.RawMessage {
	if a.o.ICE != nil && (a.o.Tokens == nil || room != "") {
		if v, _ := a.o.ICE(room, client); !v.IsAbsent() {
			return v.Append(nil, wire.JSON)
		}
	}
	return json.RawMessage("[]")
}
