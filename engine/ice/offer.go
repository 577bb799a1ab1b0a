package ice

import (
	"encoding/json"
	"time"
)

// Offer is what members are told: an RTCConfiguration.iceServers list. Static after NewOffer.
type Offer struct {
	secret Secret
	ttl    time.Duration
	minted []string // URLs of the TURN servers that take the secret's credentials
	rest   []iceServer
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
	o := &Offer{secret: secret, ttl: ttl}
	var stun []string
	if embedded != nil {
		stun, o.minted = embedded.URLs()
	}
	for _, e := range others {
		switch {
		case e.Minted():
			o.minted = append(o.minted, e.URL)
		case e.Username != "":
			o.rest = append(o.rest, iceServer{[]string{e.URL}, e.Username, e.Password})
		default:
			stun = append(stun, e.URL)
		}
	}
	if len(stun) > 0 {
		o.rest = append([]iceServer{{URLs: stun}}, o.rest...)
	}
	return o
}

// For returns the list as JSON, with credentials for user, and how long they are good for: 0
// where nothing in it runs out. Each user needs a name of its own; quotas go by it.
func (o *Offer) For(user string) (list []byte, ttl time.Duration) {
	servers := o.rest
	if len(o.minted) > 0 {
		ttl = o.ttl
		username, password := o.secret.Mint(user, time.Now().Add(ttl))
		servers = append(servers[:len(servers):len(servers)], iceServer{o.minted, username, password})
	}
	if len(servers) == 0 {
		return []byte("[]"), 0
	}
	list, err := json.Marshal(servers)
	if err != nil {
		return []byte("[]"), 0 // not reached: strings always encode
	}
	return list, ttl
}
