package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"
)

// FuzzVerify: of arbitrary bytes, only what carries the HMAC of our secret, names the
// algorithm that it was made with, and speaks of the room, lets anybody in.
func FuzzVerify(f *testing.F) {
	const secret = "a secret of no less than 32 bytes"
	v, err := New(f.Context(), Options{Secret: secret})
	require.NoError(f, err)
	for _, c := range []Claims{
		{Room: "r", RegisteredClaims: jwt.RegisteredClaims{Subject: "s", ExpiresAt: jwt.NewNumericDate(time.Now().Add(1e5 * time.Hour))}},
		{Room: "r*", Role: "moderator", Capacity: 2, RegisteredClaims: jwt.RegisteredClaims{Subject: "s", ExpiresAt: jwt.NewNumericDate(time.Now().Add(1e5 * time.Hour))}},
	} {
		token, err := Mint(secret, c)
		require.NoError(f, err)
		f.Add(token, "r")
		f.Add(token, "s")
		f.Add(strings.Replace(token, ".", "..", 1), "r")
	}
	f.Add("eyJhbGciOiJub25lIn0.eyJyb29tIjoiciIsInN1YiI6InMiLCJleHAiOjk5OTk5OTk5OTl9.", "r")
	f.Fuzz(func(t *testing.T, token, room string) {
		grant, err := v.Verify(token, room)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		at := strings.LastIndexByte(token, '.')
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(token[:at]))
		require.Equal(t, base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), token[at+1:])
		require.NotEmpty(t, grant.Subject)
		require.True(t, grant.Expires.After(time.Now()))
	})
}
