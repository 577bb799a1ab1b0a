package ice

import (
	"net/netip"
	"testing"
	"time"
)

// What a join costs more, where there is TURN.
func BenchmarkOffer(b *testing.B) {
	s := server(Options{PublicHost: "turn.app.example", PublicIP: netip.MustParseAddr("203.0.113.7"), Quota: 1}, "udp", "tcp", "tls")
	o := NewOffer(s, nil, NewSecret(), time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		o.For("0123456789ab")
	}
}
