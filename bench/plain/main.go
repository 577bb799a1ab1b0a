// Command plain is the yardstick of the load harness: a goroutine-per-connection relay. It
// prints its address and serves until it is killed.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/parley-signaling/parley/bench/internal/plain"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "TCP address; port 0: any free one")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "plain: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "plain:", err)
		os.Exit(1)
	}
	fmt.Printf("plain listens on %s.\n", ln.Addr())
	var s plain.Server
	fmt.Fprintln(os.Stderr, "plain:", s.Serve(ln))
	os.Exit(1)
}
