package main

import "github.com/parley-signaling/parley/engine/server"

// limitSettings are those of server.Limits. 0 is no bound; there, that is the default.
type limitSettings struct {
	MessageRate        int      `group:"limits" default:"1000" placeholder:"N" help:"Messages of one connection a second, up to 1,000,000, those of five seconds at once; more are answered rate_limited, and who goes on is closed. 0: any number. Default: ${default}"`
	MemoryLimit        int64    `group:"limits" default:"0" placeholder:"BYTES" help:"Memory to stay within, 33554432 (32 MiB) or more: near it, new connections and rooms are refused; 0: GOMEMLIMIT or, without it, 80 % of the container's, or of the machine's. Default: ${default}"`
	RosterBytes        int      `group:"limits" default:"4194304" placeholder:"BYTES" help:"Profiles of one room's members together, 65536 (64 KiB) to 268435456 (256 MiB). Default: ${default} (4 MiB)"`
	HistoryBytes       int64    `group:"limits" default:"0" placeholder:"BYTES" help:"Memory in which all rooms together keep messages for those who come back, 1048576 (1 MiB) or more; where it runs out, the rooms that keep most let go of their oldest. 0: a quarter of the memory to stay within, at most 1 GiB. Default: ${default}"`
	MaxConnections     int      `group:"limits" default:"0" placeholder:"N" help:"Connections open at a time, up to 10,000,000; 0: as many as there are descriptors and memory for. Default: ${default}"`
	ConnectRate        int      `group:"limits" default:"0" placeholder:"N" help:"New connections a second, up to 1,000,000; 0: any number. Default: ${default}"`
	AddressConnections int      `group:"limits" default:"10000" placeholder:"N" help:"Connections that one address (of IPv6 its /64) has open at a time; 0: any number. Loopback has no limits of its own. Default: ${default}"`
	AddressRate        int      `group:"limits" default:"1000" placeholder:"N" help:"New connections and HTTP requests of one address a second, those of five seconds at once; 0: any number. Default: ${default}"`
	AddressRooms       int      `group:"limits" default:"200" placeholder:"N" help:"Rooms that one address brings to life a second, those of five seconds at once; 0: any number. Default: ${default}"`
	TrustedProxies     []string `group:"limits" placeholder:"CIDR" help:"Proxies whose X-Forwarded-For is believed, separated by commas: 10.0.0.0/8, fd00::/8, 127.0.0.1. Without it, all who come through a proxy count as one address. Default: none"`
}

// server is what the server calls them.
func (s *limitSettings) server() server.Limits {
	return server.Limits{
		MemoryLimit: s.MemoryLimit, MessageRate: unbounded(s.MessageRate), RosterBytes: s.RosterBytes, HistoryBytes: s.HistoryBytes, AddressRooms: unbounded(s.AddressRooms),
		MaxConnections: s.MaxConnections, ConnectRate: s.ConnectRate,
		AddressConnections: unbounded(s.AddressConnections), AddressRate: unbounded(s.AddressRate),
		TrustedProxies: s.TrustedProxies,
	}
}

// check finds what is below zero: there, that is no bound.
func (s *limitSettings) check(wrong func(is bool, field string, value any, problem string)) {
	for _, l := range []struct {
		field string
		value int
	}{
		{"MaxConnections", s.MaxConnections}, {"ConnectRate", s.ConnectRate},
		{"AddressRooms", s.AddressRooms}, {"MessageRate", s.MessageRate},
		{"AddressConnections", s.AddressConnections}, {"AddressRate", s.AddressRate},
	} {
		wrong(l.value < 0, l.field, l.value, "must be 0 or more")
	}
	wrong(s.RosterBytes == 0, "RosterBytes", 0, "must be at least 65536")
}

func unbounded(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
