// Command plain is the yardsticks of the load harness, two relays that do nothing but relay: a
// goroutine per connection, or (-loop) bare descriptors in one event loop. It prints its
// address and serves until it is killed.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/parley-signaling/parley/bench/internal/bare"
	"github.com/parley-signaling/parley/bench/internal/plain"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "TCP address; port 0: any free one")
	loop := flag.Bool("loop", false, "one event loop over bare descriptors (Linux)")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "plain: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "plain:", serve(*addr, *loop))
	os.Exit(1)
}

func serve(addr string, loop bool) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Printf("plain listens on %s.\n", ln.Addr())
	if loop {
		return bare.Serve(context.Background(), ln.(*net.TCPListener))
	}
	var s plain.Server
	return s.Serve(ln)
}
