package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "0123456789abcdef0123456789abcdef"

var now = time.Unix(1_800_000_000, 0)

func verifier(t *testing.T, o Options) *Verifier {
	t.Helper()
	o.Now, o.Logger = func() time.Time { return now }, slog.New(slog.DiscardHandler)
	v, err := New(t.Context(), o)
	require.NoError(t, err)
	return v
}

// claims are good ones, changed.
func claims(change jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{"room": "class-*", "sub": "ann", "exp": now.Add(time.Minute).Unix()}
	for k, v := range change {
		c[k] = v
		if v == nil {
			delete(c, k)
		}
	}
	return c
}

func sign(t *testing.T, m jwt.SigningMethod, key any, c jwt.MapClaims, kid string) string {
	t.Helper()
	token := jwt.NewWithClaims(m, c)
	if kid != "" {
		token.Header["kid"] = kid
	}
	s, err := token.SignedString(key)
	require.NoError(t, err)
	return s
}

func TestClaims(t *testing.T) {
	v := verifier(t, Options{Secret: secret, Audience: "parley", Leeway: 10 * time.Second})
	sec := func(d time.Duration) int64 { return now.Add(d).Unix() }
	good := actors.Grant{Subject: "ann", Expires: now.Add(70 * time.Second)}
	for name, tc := range map[string]struct {
		change jwt.MapClaims
		want   actors.Grant
		err    string
	}{
		"as it should be":              {nil, good, ""},
		"a moderator":                  {jwt.MapClaims{"role": "moderator"}, actors.Grant{Subject: "ann", Expires: good.Expires, Role: wire.RoleModerator}, ""},
		"an observer, in a small room": {jwt.MapClaims{"role": "observer", "capacity": 2}, actors.Grant{Subject: "ann", Expires: good.Expires, Role: wire.RoleObserver, Capacity: 2}, ""},
		"the exact room":               {jwt.MapClaims{"room": "class-1"}, good, ""},
		"one of several audiences":     {jwt.MapClaims{"aud": []string{"other", "parley"}}, good, ""},
		"another room":                 {jwt.MapClaims{"room": "class-2"}, actors.Grant{}, "room: it is for another one"},
		"a broken pattern":             {jwt.MapClaims{"room": "class-["}, actors.Grant{}, "room: it is for another one"},
		"no room":                      {jwt.MapClaims{"room": nil}, actors.Grant{}, "room: it is for another one"},
		"an unknown role":              {jwt.MapClaims{"role": "king"}, actors.Grant{}, "role: member, moderator or observer"},
		"no subject":                   {jwt.MapClaims{"sub": nil}, actors.Grant{}, "sub: 0 bytes, 1 to 256"},
		"a long subject":               {jwt.MapClaims{"sub": strings.Repeat("x", 257)}, actors.Grant{}, "sub: 257 bytes, 1 to 256"},
		"no room for anybody":          {jwt.MapClaims{"capacity": -1}, actors.Grant{}, "capacity: -1, at least 1"},
		"another audience":             {jwt.MapClaims{"aud": "other"}, actors.Grant{}, "for another audience"},
		"no audience":                  {jwt.MapClaims{"aud": nil}, actors.Grant{}, "exp: required; aud too, where one is asked for"},
		"no end":                       {jwt.MapClaims{"exp": nil}, actors.Grant{}, "exp: required; aud too, where one is asked for"},
		"just ended, by our clock":     {jwt.MapClaims{"exp": sec(-9 * time.Second)}, actors.Grant{Subject: "ann", Expires: now.Add(time.Second)}, ""},
		"ended":                        {jwt.MapClaims{"exp": sec(-11 * time.Second)}, actors.Grant{}, "expired"},
		"begins soon, by our clock":    {jwt.MapClaims{"nbf": sec(9 * time.Second)}, good, ""},
		"begins later":                 {jwt.MapClaims{"nbf": sec(11 * time.Second)}, actors.Grant{}, "not valid yet"},
		"a wrong type":                 {jwt.MapClaims{"capacity": "two"}, actors.Grant{}, "not a JSON Web Token"},
	} {
		t.Run(name, func(t *testing.T) {
			c := claims(jwt.MapClaims{"aud": "parley"})
			for k, v := range tc.change {
				c[k] = v
				if v == nil {
					delete(c, k)
				}
			}
			g, err := v.Verify(sign(t, jwt.SigningMethodHS256, []byte(secret), c, ""), "class-1")
			if tc.err != "" {
				require.EqualError(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			require.True(t, tc.want.Expires.Equal(g.Expires), g.Expires)
			g.Expires = tc.want.Expires
			require.Equal(t, tc.want, g)
		})
	}
	for _, token := range []string{"", "x", "a.b.c", strings.Repeat("x", 8<<10)} {
		_, err := v.Verify(token, "class-1")
		require.Error(t, err)
	}
}

// pairs are private keys and their public ones.
type pair struct {
	method  jwt.SigningMethod
	private crypto.Signer
}

func pairs(t *testing.T) map[string]pair {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, d, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	return map[string]pair{
		"RS256": {jwt.SigningMethodRS256, r}, "ES256": {jwt.SigningMethodES256, e}, "EdDSA": {jwt.SigningMethodEdDSA, d},
	}
}

func publicPEM(t *testing.T, key crypto.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func file(t *testing.T, text ...[]byte) string {
	name := filepath.Join(t.TempDir(), "key.pem")
	var all []byte
	for _, b := range text {
		all = append(all, b...)
	}
	require.NoError(t, os.WriteFile(name, all, 0o600))
	return name
}

func TestKeyFiles(t *testing.T) {
	ours, theirs := pairs(t), pairs(t)
	var files []string
	for _, p := range ours {
		files = append(files, file(t, publicPEM(t, p.private.Public())))
	}
	v := verifier(t, Options{KeyFiles: files})
	for name, p := range ours {
		_, err := v.Verify(sign(t, p.method, p.private, claims(nil), ""), "class-1")
		require.NoError(t, err, name)
		_, err = v.Verify(sign(t, p.method, theirs[name].private, claims(nil), ""), "class-1")
		require.EqualError(t, err, "its signature is wrong", name)
	}
	// Several keys in a file: the old and the new one, say.
	both := verifier(t, Options{KeyFiles: []string{file(t, publicPEM(t, ours["ES256"].private.Public()), publicPEM(t, theirs["ES256"].private.Public()))}})
	for _, p := range []pair{ours["ES256"], theirs["ES256"]} {
		_, err := both.Verify(sign(t, p.method, p.private, claims(nil), ""), "class-1")
		require.NoError(t, err)
	}
	_, err := both.Verify(sign(t, jwt.SigningMethodRS256, ours["RS256"].private, claims(nil), ""), "class-1")
	require.EqualError(t, err, "signed with an unknown key")
}

// A token does not choose how it is verified.
func TestAlgorithmConfusion(t *testing.T) {
	r := pairs(t)["RS256"]
	public := publicPEM(t, r.private.Public())
	der, _ := pem.Decode(public)
	v := verifier(t, Options{KeyFiles: []string{file(t, public)}})
	both := verifier(t, Options{Secret: secret, KeyFiles: []string{file(t, public)}})
	for _, v := range []*Verifier{v, both} {
		for _, key := range [][]byte{public, der.Bytes, []byte(strings.TrimSpace(string(public))), {}} {
			_, err := v.Verify(sign(t, jwt.SigningMethodHS256, key, claims(nil), ""), "class-1")
			require.EqualError(t, err, "its signature is wrong", "the public key as a secret")
		}
		_, err := v.Verify(sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil), ""), "class-1")
		require.EqualError(t, err, "its signature is wrong")
		for _, none := range []string{"NONE", "None", "nOnE", ""} {
			parts := strings.Split(sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil), ""), ".")
			head, err := json.Marshal(map[string]string{"alg": none, "typ": "JWT"})
			require.NoError(t, err)
			parts[0] = jwtEncode(head)
			_, err = v.Verify(strings.Join(parts, "."), "class-1")
			require.Error(t, err)
		}
		_, err = v.Verify(sign(t, jwt.SigningMethodRS512, r.private, claims(nil), ""), "class-1")
		require.EqualError(t, err, "its signature is wrong", "our key, but another algorithm")
		_, err = v.Verify(sign(t, jwt.SigningMethodPS256, r.private, claims(nil), ""), "class-1")
		require.EqualError(t, err, "its signature is wrong")
	}
	s := verifier(t, Options{Secret: secret})
	_, err := s.Verify(sign(t, jwt.SigningMethodHS512, []byte(secret), claims(nil), ""), "class-1")
	require.EqualError(t, err, "its signature is wrong")
	_, err = s.Verify(sign(t, jwt.SigningMethodHS256, []byte(secret+"x"), claims(nil), ""), "class-1")
	require.EqualError(t, err, "its signature is wrong")
}

func jwtEncode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func TestJWKS(t *testing.T) {
	all := pairs(t)
	next := pairs(t)["ES256"]
	var asked atomic.Int64
	var rotated atomic.Bool
	jwk := func(kid string, key any) jwkset.JWKMarshal {
		j, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
			Metadata: jwkset.JWKMetadataOptions{KID: kid}, Marshal: jwkset.JWKMarshalOptions{Private: true},
		})
		require.NoError(t, err)
		return j.Marshal()
	}
	old := jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{
		jwk("RS256", all["RS256"].private.Public()), jwk("ES256", all["ES256"].private.Public()),
		jwk("EdDSA", all["EdDSA"].private.Public()), jwk("secret", []byte(secret)),
	}}
	fresh := jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{jwk("next", next.private.Public())}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		set := old
		if rotated.Load() {
			set = fresh
		}
		_ = json.NewEncoder(w).Encode(set)
	}))
	defer srv.Close()
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	v, err := New(ctx, Options{JWKS: srv.URL, Now: func() time.Time { return now }})
	require.NoError(t, err)
	for range 3 {
		for name, p := range all {
			_, err := v.Verify(sign(t, p.method, p.private, claims(nil), name), "class-1")
			require.NoError(t, err, name)
			_, err = v.Verify(sign(t, p.method, p.private, claims(nil), ""), "class-1")
			require.EqualError(t, err, "signed with an unknown key", "which key it is has to be said")
		}
	}
	require.EqualValues(t, 1, asked.Load(), "the set is cached")
	_, err = v.Verify(sign(t, jwt.SigningMethodHS256, []byte(secret), claims(nil), "secret"), "class-1")
	require.Error(t, err, "a secret is none where everybody can fetch it")
	_, err = v.Verify(sign(t, jwt.SigningMethodES256, all["ES256"].private, claims(nil), "RS256"), "class-1")
	require.EqualError(t, err, "signed with an unknown key", "a key of another kind")

	// The keys change: a token of a new one has them fetched, soon, but not for every token.
	rotated.Store(true)
	good := sign(t, jwt.SigningMethodES256, next.private, claims(nil), "next")
	_, err = v.Verify(good, "class-1")
	require.Error(t, err)
	require.EqualValues(t, 1, asked.Load(), "it was fetched less than 30 s ago")
	v.jwks.mu.Lock()
	v.jwks.next = time.Time{}
	v.jwks.mu.Unlock()
	require.Eventually(t, func() bool {
		_, err := v.Verify(good, "class-1")
		return err == nil
	}, 10*time.Second, time.Millisecond)
	require.EqualValues(t, 2, asked.Load())
	_, err = v.Verify(sign(t, jwt.SigningMethodES256, all["ES256"].private, claims(nil), "ES256"), "class-1")
	require.Error(t, err, "an old key is good no more")

	// The last keys stay where the set cannot be had.
	srv.Close()
	v.jwks.refresh()
	_, err = v.Verify(good, "class-1")
	require.NoError(t, err)
}

func TestWhatCannotWork(t *testing.T) {
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(p384)
	require.NoError(t, err)
	for problem, o := range map[string]Options{
		"nothing to verify with":           {},
		"has 5 bytes, at least 32":         {Secret: "short"},
		"the leeway is 1h0m0s":             {Secret: secret, Leeway: time.Hour},
		"no such file":                     {KeyFiles: []string{filepath.Join(t.TempDir(), "none")}},
		"no PEM block":                     {KeyFiles: []string{file(t, []byte("rubbish"))}},
		"RSA key of 1024 bits":             {KeyFiles: []string{file(t, publicPEM(t, weak.Public()))}},
		"on P-384, not P-256":              {KeyFiles: []string{file(t, publicPEM(t, p384.Public()))}},
		"a private key belongs to":         {KeyFiles: []string{file(t, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))}},
		"invalid control character in URL": {JWKS: "http://a\n"},
	} {
		_, err := New(t.Context(), o)
		require.ErrorContains(t, err, problem)
	}
}

func TestMint(t *testing.T) {
	c := Claims{Room: "class-*", Role: "moderator", RegisteredClaims: jwt.RegisteredClaims{
		Subject: "ann", ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute)),
	}}
	s, err := Mint(secret, c)
	require.NoError(t, err)
	g, err := verifier(t, Options{Secret: secret}).Verify(s, "class-9")
	require.NoError(t, err)
	require.Equal(t, wire.RoleModerator, g.Role)
	for problem, change := range map[string]func(*Claims){
		"sub:":                         func(c *Claims) { c.Subject = "" },
		"role:":                        func(c *Claims) { c.Role = "king" },
		"neither a name nor a pattern": func(c *Claims) { c.Room = "" },
		`"[" is neither`:               func(c *Claims) { c.Room = "[" },
	} {
		bad := c
		change(&bad)
		_, err := Mint(secret, bad)
		require.ErrorContains(t, err, problem)
	}
	_, err = Mint("short", c)
	require.ErrorContains(t, err, "at least 32")
}
