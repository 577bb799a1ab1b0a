package apprtc

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// entered is what a client is told that has joined.
func (a *apprtc) entered(r *http.Request, e report) map[string]any {
	room := r.PathValue("room")
	p := a.parameters(r, room, e.ID)
	p["room_id"], p["client_id"] = room, e.ID
	p["room_link"] = base(r, scheme(r)) + "/r/" + room
	p["is_initiator"] = encode(e.Initiator)
	p["messages"] = append([]string{}, e.Messages...) // never null
	return p
}

// parameters are those without a room. Like the original's, many are JSON within a string.
func (a *apprtc) parameters(r *http.Request, room, client string) map[string]any {
	http, ws := scheme(r), "ws"
	if http == "https" {
		ws = "wss"
	}
	return map[string]any{
		"wss_url":                  a.withToken(r, base(r, ws)+"/ws", nil),
		"wss_post_url":             base(r, http),
		"ice_server_url":           a.withToken(r, base(r, http)+"/v1alpha/iceconfig", url.Values{"room": {room}}),
		"ice_server_transports":    query(r, "tt"),
		"pc_config":                encode(a.pcConfig(r, room, client)),
		"pc_constraints":           encode(map[string]any{"optional": []any{}}),
		"offer_options":            "{}",
		"media_constraints":        encode(map[string]any{"audio": query(r, "audio") != "false", "video": query(r, "video") != "false"}),
		"is_loopback":              encode(query(r, "debug") == "loopback"),
		"include_loopback_js":      "",
		"bypass_join_confirmation": "false",
		"header_message":           "",
		"error_messages":           []string{},
		"warning_messages":         []string{},
		"version_info":             "null",
	}
}

// pcConfig is an RTCConfiguration.
func (a *apprtc) pcConfig(r *http.Request, room, client string) map[string]any {
	c := map[string]any{
		"iceServers":    a.iceServers(room, client),
		"bundlePolicy":  "max-bundle",
		"rtcpMuxPolicy": "require",
	}
	if t := query(r, "it"); t != "" {
		c["iceTransports"] = t
	}
	return c
}

// query is a parameter of the URL, and never of a body.
func query(r *http.Request, name string) string { return r.URL.Query().Get(name) }

func encode(v any) string {
	b, _ := json.Marshal(v) // of plain values: it does not fail
	return string(b)
}

// scheme is the one that the client has used: a proxy in front may speak TLS for the engine.
func scheme(r *http.Request) string {
	switch {
	case query(r, "wstls") == "false":
		return "http"
	case r.TLS != nil, r.Header.Get("X-Forwarded-Proto") == "https", query(r, "wstls") == "true":
		return "https"
	}
	return "http"
}

// base is the URL that the dialect is mounted at, without a slash at its end.
func base(r *http.Request, scheme string) string {
	path := ""
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil { // the whole path; that in r.URL is below the mount
		path = strings.TrimSuffix(u.Path, r.URL.Path)
	}
	return scheme + "://" + r.Host + path
}
