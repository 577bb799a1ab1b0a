package ice

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// MinSecret is the least length of a secret, in bytes.
const MinSecret = 16

// Secret is what a TURN server and those who hand out its credentials share. It prints as
// "(secret)" wherever it ends up.
type Secret string

// NewSecret makes one of 256 random bits.
func NewSecret() Secret {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return Secret(base64.RawURLEncoding.EncodeToString(b[:]))
}

// String hides the secret.
func (Secret) String() string { return "(secret)" }

// GoString hides the secret.
func (Secret) GoString() string { return "(secret)" }

// LogValue hides the secret.
func (Secret) LogValue() slog.Value { return slog.StringValue("(secret)") }

// Mint makes credentials that let user allocate relays until expiry, in whole seconds, after
// the TURN REST draft (draft-uberti-behave-turn-rest-00, 2.2; coturn's --use-auth-secret).
func (s Secret) Mint(user string, expiry time.Time) (username, password string) {
	username = strconv.FormatInt(expiry.Unix(), 10) + ":" + user
	return username, s.password(username)
}

// password is what goes with a username.
func (s Secret) password(username string) string {
	mac := hmac.New(sha1.New, []byte(s))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

var errUsername = errors.New("ice: a username must be <unix time>:<user>")

// splitUsername takes a minted username apart.
func splitUsername(username string) (user string, expiry time.Time, err error) {
	seconds, user, ok := strings.Cut(username, ":")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if !ok || err != nil || unix < 0 {
		return "", time.Time{}, errUsername
	}
	return user, time.Unix(unix, 0), nil
}
