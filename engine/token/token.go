// Package token makes and verifies the tokens that clients join rooms with: JSON Web Tokens
// (RFC 7519), signed with a shared secret (HS256) or a private key (RS256, ES256, EdDSA).
//
// Their claims:
//
//	room      the room's name, or a pattern as of path.Match ("class-*"; * stops at a /)
//	sub       whom it was made for, at most 256 bytes: a resume needs the same, a kick bars it
//	role      member (also where it is absent), moderator or observer
//	exp       when it ends, in seconds since 1970; required
//	nbf, aud  as in RFC 7519
//	capacity  it opens the room only where fewer members are in; absent: it does not say
package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Limits.
const (
	MinSecret  = 32 // bytes, as RFC 7518, 3.2, wants of HS256
	MinRSA     = 2048
	MaxSubject = 256
	MaxLeeway  = 5 * time.Minute
)

// Options say which tokens are good. At least one of Secret, KeyFiles and JWKS is needed.
type Options struct {
	Secret   string        // of HS256; at least 32 bytes
	KeyFiles []string      // PEM files of public keys or certificates: RSA of 2,048 bits or more, ECDSA P-256, Ed25519
	JWKS     string        // URL of a JSON Web Key Set (RFC 7517) with such keys
	Audience string        // that a token must name; "": any, or none
	Leeway   time.Duration // that clocks may differ by; at most 5 min

	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default()
}

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	secret []byte
	keys   []any // public ones, from files
	jwks   *keySet
	parser *jwt.Parser
	leeway time.Duration
}

var _ actors.Verifier = (*Verifier)(nil)

// New returns a verifier. Where there is a JWKS, it is fetched now and, until ctx is done,
// again and again; that it cannot be fetched is logged, and no error.
func New(ctx context.Context, o Options) (*Verifier, error) {
	v := &Verifier{secret: []byte(o.Secret), leeway: o.Leeway}
	switch {
	case o.Secret == "" && len(o.KeyFiles) == 0 && o.JWKS == "":
		return nil, errors.New("token: no secret, no key file and no JWKS: nothing to verify with")
	case o.Secret != "" && len(o.Secret) < MinSecret:
		return nil, fmt.Errorf("token: the secret has %d bytes, at least %d", len(o.Secret), MinSecret)
	case o.Leeway < 0 || o.Leeway > MaxLeeway:
		return nil, fmt.Errorf("token: the leeway is %v, 0s to %v", o.Leeway, MaxLeeway)
	}
	for _, name := range o.KeyFiles {
		keys, err := readKeys(name)
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		v.keys = append(v.keys, keys...)
	}
	if o.JWKS != "" {
		var err error
		if v.jwks, err = fetchKeys(ctx, o.JWKS, o.Logger); err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
	}
	v.parser = jwt.NewParser(v.rules(o)...)
	return v, nil
}

// rules are what is asked of every token. The algorithms are those that there is a key for: a
// token does not choose how it is verified.
func (v *Verifier) rules(o Options) []jwt.ParserOption {
	var algorithms []string
	if len(v.secret) > 0 {
		algorithms = append(algorithms, jwt.SigningMethodHS256.Alg())
	}
	if len(v.keys) > 0 || v.jwks != nil {
		algorithms = append(algorithms, jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg(), jwt.SigningMethodEdDSA.Alg())
	}
	rules := []jwt.ParserOption{
		jwt.WithValidMethods(algorithms), jwt.WithExpirationRequired(), jwt.WithLeeway(o.Leeway), jwt.WithStrictDecoding(),
	}
	if o.Audience != "" {
		rules = append(rules, jwt.WithAudience(o.Audience))
	}
	if o.Now != nil {
		rules = append(rules, jwt.WithTimeFunc(o.Now))
	}
	return rules
}

// Claims are what a token says.
type Claims struct {
	Room     string `json:"room"`
	Role     string `json:"role,omitempty"`
	Capacity int    `json:"capacity,omitempty"`
	jwt.RegisteredClaims
}

// Verify implements actors.Verifier.
func (v *Verifier) Verify(token, room string) (actors.Grant, error) {
	if token == "" {
		return actors.Grant{}, errors.New("required")
	}
	var c Claims
	if _, err := v.parser.ParseWithClaims(token, &c, v.key); err != nil {
		return actors.Grant{}, plain(err)
	}
	role, err := c.check(room)
	if err != nil {
		return actors.Grant{}, err
	}
	return actors.Grant{
		Subject: c.Subject, Role: role, Capacity: c.Capacity, Expires: c.ExpiresAt.Add(v.leeway),
	}, nil
}

// check looks at the claims of Parley's own.
func (c *Claims) check(room string) (wire.Role, error) {
	switch n := len(c.Subject); {
	case n == 0 || n > MaxSubject:
		return 0, fmt.Errorf("sub: %d bytes, 1 to %d", n, MaxSubject)
	case c.Capacity < 0:
		return 0, fmt.Errorf("capacity: %d, at least 1", c.Capacity)
	}
	if c.Room != room {
		if fits, err := path.Match(c.Room, room); err != nil || !fits || c.Room == "" {
			return 0, errors.New("room: it is for another one")
		}
	}
	return roleOf(c.Role)
}

func roleOf(name string) (wire.Role, error) {
	switch name {
	case "", wire.RoleMember.String():
		return wire.RoleMember, nil
	case wire.RoleModerator.String():
		return wire.RoleModerator, nil
	case wire.RoleObserver.String():
		return wire.RoleObserver, nil
	}
	return 0, errors.New("role: member, moderator or observer")
}

// key finds what to verify a token with, by its algorithm: which type of key that is follows
// from our keys, never from the token alone, so that no public key is ever taken for a secret.
func (v *Verifier) key(t *jwt.Token) (any, error) {
	var fits func(key any) bool
	switch t.Method {
	case jwt.SigningMethodHS256:
		return v.secret, nil
	case jwt.SigningMethodRS256:
		fits = func(k any) bool { _, ok := k.(*rsa.PublicKey); return ok }
	case jwt.SigningMethodES256:
		fits = func(k any) bool { e, ok := k.(*ecdsa.PublicKey); return ok && e.Curve == elliptic.P256() }
	case jwt.SigningMethodEdDSA:
		fits = func(k any) bool { _, ok := k.(ed25519.PublicKey); return ok }
	default:
		return nil, jwt.ErrTokenUnverifiable
	}
	var set jwt.VerificationKeySet
	for _, k := range v.keys {
		if fits(k) {
			set.Keys = append(set.Keys, k)
		}
	}
	kid, _ := t.Header["kid"].(string)
	if v.jwks != nil {
		if k := v.jwks.find(kid); k != nil && fits(k) {
			set.Keys = append(set.Keys, k)
		}
	}
	if len(set.Keys) == 0 {
		return nil, jwt.ErrTokenUnverifiable
	}
	return set, nil
}

// plain is what a client is told of a token that does not do.
func plain(err error) error {
	for _, known := range []struct {
		err  error
		text string
	}{
		{jwt.ErrTokenMalformed, "not a JSON Web Token"},
		{jwt.ErrTokenUnverifiable, "signed with an unknown key"},
		{jwt.ErrTokenSignatureInvalid, "its signature is wrong"},
		{jwt.ErrTokenRequiredClaimMissing, "exp: required; aud too, where one is asked for"},
		{jwt.ErrTokenExpired, "expired"},
		{jwt.ErrTokenNotValidYet, "not valid yet"},
		{jwt.ErrTokenInvalidAudience, "for another audience"},
	} {
		if errors.Is(err, known.err) {
			return errors.New(known.text)
		}
	}
	return errors.New("not valid")
}

// Mint makes a token that is signed with a secret (HS256).
func Mint(secret string, c Claims) (string, error) {
	if len(secret) < MinSecret {
		return "", fmt.Errorf("token: the secret has %d bytes, at least %d", len(secret), MinSecret)
	}
	if _, err := c.check(c.Room); err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	if _, err := path.Match(c.Room, ""); err != nil || c.Room == "" {
		return "", fmt.Errorf("token: room: %q is neither a name nor a pattern", c.Room)
	}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString([]byte(secret))
}
