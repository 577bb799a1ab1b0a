package ice

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// Offer is what members are told: an RTCConfiguration.iceServers list. Static after NewOffer.
type Offer struct {
	secret Secret
	ttl    time.Duration // 0: nothing in the list runs out
	head   []byte        // the list as JSON, up to the name of whom it is for
}

// iceServer is an RTCIceServer (W3C WebRTC 1.0, 4.2.4).
type iceServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// NewOffer offers the embedded server (nil: none) and others. ttl is how long credentials are
// good for.
func NewOffer(embedded *Server, others []External, secret Secret, ttl time.Duration) *Offer {
	var stun, minted []string
	var fixed []iceServer
	if embedded != nil {
		stun, minted = embedded.URLs()
	}
	for _, e := range others {
		switch {
		case e.Minted():
			minted = append(minted, e.URL)
		case e.Username != "":
			fixed = append(fixed, iceServer{[]string{e.URL}, e.Username, e.Password})
		default:
			stun = append(stun, e.URL)
		}
	}
	list := []iceServer{}
	if len(stun) > 0 {
		list = append(list, iceServer{URLs: stun})
	}
	list = append(list, fixed...)
	if len(minted) == 0 {
		return &Offer{head: encode(list)}
	}
	list = append(list, iceServer{URLs: minted})
	return &Offer{secret: secret, ttl: ttl, head: bytes.TrimSuffix(encode(list), []byte("}]"))}
}

func encode(list []iceServer) []byte {
	b, err := json.Marshal(list)
	if err != nil {
		return []byte("[]") // not reached: strings always encode
	}
	return b
}

// For returns the list as JSON, with credentials for user, and how long they are good for: 0
// where nothing in it runs out. Each user needs a name of its own: quotas go by it.
func (o *Offer) For(user string) (list []byte, ttl time.Duration) {
	if o.ttl == 0 {
		return o.head, 0
	}
	username, password := o.secret.Mint(plainName(user), time.Now().Add(o.ttl))
	list = make([]byte, 0, len(o.head)+len(username)+len(password)+len(`,"username":"","credential":""}]`))
	list = append(append(list, o.head...), `,"username":"`...)
	list = append(append(list, username...), `","credential":"`...)
	return append(append(list, password...), `"}]`...), o.ttl
}

// plainName is user where that needs no escape in JSON, and no second thought in a username.
func plainName(user string) string {
	if !strings.ContainsFunc(user, isSpecial) {
		return user
	}
	return base64.RawURLEncoding.EncodeToString([]byte(user))
}

func isSpecial(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}
