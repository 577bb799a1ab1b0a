package server

import (
	"net/netip"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/ice"
)

// startICE opens the STUN and TURN server and notes what members are told of it, and of others.
// s.mu is held.
func (s *Server) startICE() {
	secret := ice.Secret(s.cfg.TURNSecret)
	if secret == "" {
		secret = ice.NewSecret()
	}
	others := externals(s.cfg.ICEServers)
	if s.cfg.TURNAddr != "" {
		s.startTURN(secret, others)
	}
	s.offer.Store(ice.NewOffer(s.turn, others, secret, s.cfg.TURNTTL))
}

func (s *Server) startTURN(secret ice.Secret, others []ice.External) {
	o := s.turnOptions()
	o.Secret = secret
	if !o.PublicIP.IsValid() {
		o.PublicIP = ice.PublicIP(o.PublicHost, o.Addr, others)
	}
	turn, err := ice.Listen(o)
	if err != nil {
		s.log.Warn("no STUN and TURN server: calls across NATs may fail, signaling goes on", "addr", o.Addr, "err", err)
		return
	}
	s.turn = turn
	stunURLs, turnURLs := turn.URLs()
	switch {
	case len(stunURLs)+len(turnURLs) == 0:
		s.log.Warn("no host is known to tell clients of the STUN server: set turn-public-host", "addr", turn.Addr())
	case o.Quota > 0 && !o.PublicIP.IsValid():
		s.log.Warn("no TURN: no IPv4 address is known at which to relay: set turn-public-ip", "addr", turn.Addr())
	case o.Quota > 0 && ice.Private(o.PublicIP):
		s.log.Info("TURN reaches no further than this network: where it should, set turn-public-ip", "relay", o.PublicIP)
	}
	s.log.Info("STUN and TURN", "addr", turn.Addr(), "told", append(stunURLs, turnURLs...), "relay", o.PublicIP, "ports", s.cfg.TURNPorts)
}

// turnOptions is what the configuration, which is valid, says of the embedded server.
func (s *Server) turnOptions() ice.Options {
	c := &s.cfg
	low, high, _ := ice.ParsePorts(c.TURNPorts)
	ip, _ := netip.ParseAddr(c.TURNPublicIP)
	return ice.Options{
		Addr: c.TURNAddr, TLSAddr: c.TURNTLSAddr, CertFile: c.TURNCert, KeyFile: c.TURNKey,
		PublicHost: c.TURNPublicHost, PublicIP: ip, MinPort: low, MaxPort: high,
		Quota: max(c.TURNQuota, 0), PrivatePeers: c.TURNPrivatePeers, Logger: s.log, LogAddresses: c.LogAddresses,
	}
}

// externals parses URLs that are valid.
func externals(urls []string) (list []ice.External) {
	for _, u := range urls {
		if e, err := ice.ParseExternal(u); err == nil {
			list = append(list, e)
		}
	}
	return list
}

// iceServers is actors.Options.ICE.
func (s *Server) iceServers(_, member string) (wire.Value, time.Duration) {
	offer := s.offer.Load()
	if offer == nil {
		return wire.Value{}, 0
	}
	list, ttl := offer.For(member)
	return wire.Value{Codec: wire.JSON, Bytes: list}, ttl
}

// AllocationCount is how many clients the embedded TURN server relays at this moment.
func (s *Server) AllocationCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn == nil {
		return 0
	}
	return s.turn.AllocationCount()
}
