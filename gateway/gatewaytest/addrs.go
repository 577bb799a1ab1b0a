package gatewaytest

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddrs are n loopback addresses with ports that nobody listens on, below those that the system
// gives to connections and to who listens on any.
func FreeAddrs(n int) (addrs []string) {
	for len(addrs) < n {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 20_000+rand.IntN(10_000)))
		if err != nil {
			continue
		}
		defer ln.Close()
		addrs = append(addrs, ln.Addr().String())
	}
	return addrs
}
