package server

import (
	"encoding/json"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/ice"
)

// startSTUN opens the STUN server and notes what members are told of it. s.mu is held.
func (s *Server) startSTUN() {
	if s.cfg.TURNAddr == "" {
		return
	}
	stun, err := ice.Listen(s.cfg.TURNAddr, s.log)
	if err != nil {
		s.log.Warn("no STUN server: calls across NATs may fail, signaling goes on", "addr", s.cfg.TURNAddr, "err", err)
		return
	}
	s.stun = stun
	host := ice.Host(s.cfg.TURNPublicHost, stun.Addr())
	if host == "" {
		s.log.Warn("no host is known to tell clients of the STUN server", "addr", stun.Addr())
		return
	}
	servers := stunServers(stun.URL(host))
	s.ice.Store(&servers)
	s.log.Info("STUN", "addr", stun.Addr(), "told", stun.URL(host))
}

// stunServers is an RTCConfiguration.iceServers list of one server without credentials.
func stunServers(url string) []byte {
	b, err := json.Marshal([]struct {
		URLs []string `json:"urls"`
	}{{[]string{url}}})
	if err != nil {
		return nil // not reached: strings always encode
	}
	return b
}

// iceServers is actors.Options.ICE. STUN needs no credentials: nothing runs out, the time to
// live is 0.
func (s *Server) iceServers(room, member string) (wire.Value, time.Duration) {
	if p := s.ice.Load(); p != nil {
		return wire.Value{Codec: wire.JSON, Bytes: *p}, 0
	}
	return wire.Value{}, 0
}
