package acmetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
)

// problem is an error of RFC 7807, with a type of RFC 8555, 6.7.
type problem struct {
	Type   string `json:"type"`
	Detail string `json:"detail"`
	Status int    `json:"status,omitempty"`
}

func (p *problem) Error() string { return p.Type + ": " + p.Detail }

func wrong(status int, kind, detail string) *problem {
	return &problem{"urn:ietf:params:acme:error:" + kind, detail, status}
}

type jwk struct {
	Crv string `json:"crv"`
	Kty string `json:"kty"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

func (k *jwk) key() (*ecdsa.PublicKey, error) {
	x, errX := base64.RawURLEncoding.DecodeString(k.X)
	y, errY := base64.RawURLEncoding.DecodeString(k.Y)
	if err := errors.Join(errX, errY); err != nil || k.Kty != "EC" || k.Crv != "P-256" {
		return nil, errors.New("only keys on P-256 are known")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
}

// thumbprint is a key's name (RFC 7638).
func thumbprint(key *ecdsa.PublicKey) string {
	point, _ := key.Bytes()
	b64 := base64.RawURLEncoding.EncodeToString
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":%q,"y":%q}`, b64(point[1:33]), b64(point[33:])))
	return b64(sum[:])
}

// signed reads a request (RFC 8555, 6.2), and returns its payload, the key that has signed it and
// that key's account; -1: none yet.
func (ca *CA) signed(r *http.Request) (payload []byte, key *ecdsa.PublicKey, who int, err error) {
	var body struct{ Protected, Payload, Signature string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(&body); err != nil {
		return nil, nil, 0, wrong(400, "malformed", err.Error())
	}
	var head struct {
		Alg, Nonce, URL, Kid string
		JWK                  *jwk
	}
	parts := [3][]byte{}
	for i, s := range []string{body.Protected, body.Payload, body.Signature} {
		if parts[i], err = base64.RawURLEncoding.DecodeString(s); err != nil {
			return nil, nil, 0, wrong(400, "malformed", err.Error())
		}
	}
	if err := json.Unmarshal(parts[0], &head); err != nil {
		return nil, nil, 0, wrong(400, "malformed", err.Error())
	}
	ca.mu.Lock()
	fresh := ca.nonces[head.Nonce]
	delete(ca.nonces, head.Nonce)
	ca.mu.Unlock()
	switch {
	case !fresh:
		return nil, nil, 0, wrong(400, "badNonce", "not one of ours, or used before")
	case head.URL != ca.server.URL+r.URL.Path:
		return nil, nil, 0, wrong(401, "unauthorized", "signed for "+head.URL)
	}
	if key, who, err = ca.signer(head.JWK, head.Kid); err != nil {
		return nil, nil, 0, wrong(400, "accountDoesNotExist", err.Error())
	}
	sum, sig := sha256.Sum256([]byte(body.Protected+"."+body.Payload)), parts[2]
	if head.Alg != "ES256" || len(sig) != 64 ||
		!ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		return nil, nil, 0, wrong(401, "unauthorized", "the signature is wrong")
	}
	return parts[1], key, who, nil
}

// signer is the key that a request names, and its account, -1 where it has none.
func (ca *CA) signer(k *jwk, kid string) (*ecdsa.PublicKey, int, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if k == nil {
		n, err := strconv.Atoi(strings.TrimPrefix(kid, ca.server.URL+"/account/"))
		if err != nil || n < 0 || n >= len(ca.accounts) {
			return nil, 0, fmt.Errorf("no account %q", kid)
		}
		return ca.accounts[n].key, n, nil
	}
	key, err := k.key()
	if err != nil {
		return nil, 0, err
	}
	for i, a := range ca.accounts {
		if a.key.Equal(key) {
			return key, i, nil
		}
	}
	return key, -1, nil
}
