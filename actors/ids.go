package actors

import (
	"crypto/rand"
	"encoding/base64"
)

// newID returns a random name of 12 characters (72 bits), for members and epochs.
func newID() string {
	var b [9]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// memberKey is the secret that proves a membership: 128 random bits.
type memberKey [16]byte

func newKey() (k memberKey) {
	rand.Read(k[:])
	return k
}

// String returns the key as it is on the wire: 22 characters.
func (k memberKey) String() string { return base64.RawURLEncoding.EncodeToString(k[:]) }
