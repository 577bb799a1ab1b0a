package dialecttest

import (
	"errors"

	"github.com/parley-signaling/parley/actors"
)

// Tokens is an actors.Verifier of tokens that are what they grant, by their text.
type Tokens map[string]Token

// Token is what one is good for.
type Token struct {
	Room string
	actors.Grant
}

// Verify implements actors.Verifier.
func (v Tokens) Verify(token, room string) (actors.Grant, error) {
	t, known := v[token]
	switch {
	case token == "":
		return actors.Grant{}, errors.New("required")
	case !known:
		return actors.Grant{}, errors.New("not valid")
	case t.Room != room:
		return actors.Grant{}, errors.New("room: it is for another one")
	}
	return t.Grant, nil
}
