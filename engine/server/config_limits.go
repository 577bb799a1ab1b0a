package server

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/parley-signaling/parley/gateway/quota"
)

// Limits bound what a client, an address (of IPv6 its /64), and all of them together may ask of
// a server: see actors.Options and package quota. Rates are a second, and those of five seconds
// may come at once. Negative: no bound.
type Limits struct {
	MessageRate int // messages of one connection; 0: 1,000; at most 1,000,000
	RosterBytes int // profiles of one room's members together; 0: 4 MiB; 64 KiB to 256 MiB

	// HistoryBytes is how much of the memory all rooms together keep for members that come back, as
	// in actors.Options; 0: a quarter of MemoryLimit, at most 1 GiB, or 256 MiB where there is none; 1 MiB to 1 TiB.
	HistoryBytes int64

	MemoryLimit int64 // bytes of Go's memory; near them, nobody new comes in; 0: no bound; at least 32 MiB

	MaxConnections     int      // sockets open at a time; 0: no bound but descriptors and memory; at most 10,000,000
	ConnectRate        int      // new sockets; 0: no bound; at most 1,000,000
	AddressConnections int      // sockets that one address has open; 0: 10,000; at most 10,000,000
	AddressRate        int      // new sockets and HTTP requests of one address; 0: 1,000; at most 1,000,000
	AddressRooms       int      // rooms that one address brings to life; 0: 200; at most 1,000,000
	TrustedProxies     []string // addresses and networks ("10.0.0.0/8") whose X-Forwarded-For is believed
}

// Bounds of Limits.
const (
	MaxMaxConnections = 10_000_000
	MaxRate           = 1_000_000
	MinMemoryLimit    = 32 << 20
	MinRosterBytes    = 64 << 10
	MaxRosterBytes    = 256 << 20
	MinHistoryBytes   = 1 << 20
	MaxHistoryBytes   = 1 << 40

	// HistoryBytes where they are not set: a share of MemoryLimit, and no more than that.
	historyShare     = 4
	mostHistoryBytes = 1 << 30
)

func (l Limits) check() error {
	_, err := l.proxies()
	return errors.Join(err,
		within("MessageRate", max(l.MessageRate, 0), 1, MaxRate),
		within("RosterBytes", l.RosterBytes, MinRosterBytes, MaxRosterBytes),
		within("HistoryBytes", l.HistoryBytes, MinHistoryBytes, MaxHistoryBytes),
		l.checkMemory(),
		within("AddressRooms", max(l.AddressRooms, 0), 1, MaxRate),
		within("MaxConnections", max(l.MaxConnections, 0), 1, MaxMaxConnections),
		within("ConnectRate", max(l.ConnectRate, 0), 1, MaxRate),
		within("AddressConnections", max(l.AddressConnections, 0), 1, MaxMaxConnections),
		within("AddressRate", max(l.AddressRate, 0), 1, MaxRate),
	)
}

func (l Limits) checkMemory() error {
	if l.MemoryLimit != 0 && l.MemoryLimit < MinMemoryLimit {
		return &ConfigError{"MemoryLimit", l.MemoryLimit, fmt.Sprintf("must be at least %d", MinMemoryLimit)}
	}
	return nil
}

func (l *Limits) setDefaults() {
	or(&l.MessageRate, 1000)
	or(&l.RosterBytes, 4<<20)
	or(&l.HistoryBytes, min(l.MemoryLimit/historyShare, mostHistoryBytes))
	or(&l.HistoryBytes, 256<<20)
	or(&l.AddressRooms, 200)
	or(&l.AddressConnections, 10_000)
	or(&l.AddressRate, 1000)
}

func (l Limits) proxies() (list []netip.Prefix, err error) {
	for _, s := range l.TrustedProxies {
		p, bad := netip.ParsePrefix(s)
		if a, alone := netip.ParseAddr(s); alone == nil {
			a = a.Unmap().WithZone("")
			p, bad = a.Prefix(a.BitLen())
		}
		if bad != nil {
			err = errors.Join(err, &ConfigError{"TrustedProxies", s, `must be an address or a network ("10.0.0.0/8")`})
			continue
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		list = append(list, p.Masked())
	}
	return list, err
}

// quota counts for all gateways. The limits are valid, and complete.
func (l Limits) quota() *quota.Quota {
	proxies, _ := l.proxies()
	return quota.New(quota.Options{
		Connections: l.MaxConnections, Rate: l.ConnectRate,
		AddressConnections: l.AddressConnections, AddressRate: l.AddressRate, AddressRooms: l.AddressRooms,
		Proxies: proxies,
	})
}
