// Command handler is a net/http server that was there before, with rooms at one of its paths.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the site") })

	sys, err := actors.NewSystem(actors.Options{RoomCapacity: 100})
	if err != nil {
		log.Fatal(err)
	}
	gw, err := gateway.New(gateway.Options{
		System: sys,
		Routes: map[string]dialect.Dialect{"/signal": native.New()},
	})
	if err != nil {
		log.Fatal(err)
	}
	mux.Handle("/signal", gw)

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s/signal\n", ln.Addr())
	log.Fatal(http.Serve(ln, mux))
}
