package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Headers of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// Bounds of a secret, in bytes.
const (
	MinSecret = 24
	MaxSecret = 64
)

// ParseSecret reads "whsec_" and the base64 of 24 to 64 bytes. Its error does not show the secret.
func ParseSecret(s string) (key []byte, err error) {
	text, ok := strings.CutPrefix(s, "whsec_")
	if key, err = base64.StdEncoding.DecodeString(text); err != nil || !ok || len(key) < MinSecret || len(key) > MaxSecret {
		return nil, fmt.Errorf(`must be "whsec_" and the base64 of %d to %d bytes`, MinSecret, MaxSecret)
	}
	return key, nil
}

func parseSecrets(list []string) (keys [][]byte, err error) {
	for _, s := range list {
		k, err := ParseSecret(s)
		if err != nil {
			return nil, fmt.Errorf("webhook: Secrets: %w", err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// sign sets the headers that prove who has sent a body, and when.
func sign(h http.Header, keys [][]byte, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(keys))
	for i, k := range keys {
		m := hmac.New(sha256.New, k)
		m.Write([]byte(id + "." + stamp + "."))
		m.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
	}
	h.Set(headerID, id)
	h.Set(headerTimestamp, stamp)
	h.Set(headerSignature, strings.Join(signatures, " "))
}
