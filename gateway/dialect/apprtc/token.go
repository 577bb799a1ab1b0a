package apprtc

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/parley-signaling/parley/actors/wire"
)

// Where the system asks for join tokens, the room server's clients bear theirs in the query of
// the room's page, which they send along as they join. The answer names the URLs that go with it:
// the socket's has it in its query, too. Whatever else a client asks for by HTTP it asks in the name
// of an id that it was given as it joined, and that nobody else knows: that must do.

// bears is the join token in a request's query; "": none, or none is asked for.
func (a *apprtc) bears(r *http.Request) string {
	if a.o.Tokens == nil {
		return ""
	}
	return query(r, "access_token")
}

// errBarred is what the subject of a token is told that was kicked.
const errBarred = "token: its subject was kicked from this room"

// mayCall tells whether a request bears a token for a call, and whose, and answers it where it does
// not. Who only listens can take no part in one.
func (a *apprtc) mayCall(w http.ResponseWriter, r *http.Request, room string) (subject string, may bool) {
	if a.o.Tokens == nil {
		return "", true
	}
	g, err := a.o.Tokens.Verify(a.bears(r), room)
	problem := ""
	switch {
	case err != nil:
		problem = err.Error()
	case g.Role == wire.RoleObserver:
		problem = "role: an observer takes no part in a call"
	default:
		return g.Subject, true
	}
	a.httpErrors.Add(1)
	http.Error(w, "token: "+problem, http.StatusForbidden)
	return "", false
}

// withToken adds what a request bears to a URL that its client is told.
func (a *apprtc) withToken(r *http.Request, to string, more url.Values) string {
	token := a.bears(r)
	if token == "" {
		return to
	}
	if more == nil {
		more = url.Values{}
	}
	more.Set("access_token", token)
	return to + "?" + more.Encode()
}

// isOurs tells whether an id is of the kind that join makes: one that nobody guesses. A client that
// registers without having joined chooses another.
func isOurs(id string) bool { return len(id) == idDigits && strings.Trim(id, "0123456789") == "" }

// idDigits are those of an id that join makes.
const idDigits = 16
