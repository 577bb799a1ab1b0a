package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// CheckFiles says what is wrong with the first of some key files that cannot be used.
func CheckFiles(names []string) error {
	for _, name := range names {
		if _, err := readKeys(name); err != nil {
			return err
		}
	}
	return nil
}

// readKeys reads all public keys of a PEM file.
func readKeys(name string) (keys []any, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		k, err := parseKey(block)
		if err == nil {
			err = strong(k)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, block.Type, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: no PEM block in it", name)
	}
	return keys, nil
}

func parseKey(b *pem.Block) (any, error) {
	switch b.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(b.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(b.Bytes)
	case "CERTIFICATE":
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		return c.PublicKey, nil
	}
	return nil, errors.New("neither a public key nor a certificate; a private key belongs to whoever makes the tokens")
}

// strong refuses keys that tokens of RS256, ES256 and EdDSA are not signed with, and weak ones.
func strong(key any) error {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < MinRSA {
			return fmt.Errorf("an RSA key of %d bits, at least %d", n, MinRSA)
		}
		return nil
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return fmt.Errorf("an ECDSA key on %s, not P-256", k.Curve.Params().Name)
		}
		return nil
	case ed25519.PublicKey:
		return nil
	}
	return fmt.Errorf("a key of type %T: RSA, ECDSA P-256 or Ed25519", key)
}
