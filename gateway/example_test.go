package gateway_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

// A server of its own: WebSocket at /ws, a page everywhere else, and an end in good order.
func Example() {
	system, err := actors.NewSystem(actors.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := gateway.New(gateway.Options{
		System: system,
		Routes: map[string]dialect.Dialect{"/ws": native.New()},
		HTTP:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") }),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	served := make(chan error, 1)
	go func() { served <- g.Serve(ln) }()

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	fmt.Println(g.Shutdown(ctx, time.Second)) // clients are told to come back after a second
	fmt.Println(<-served)
	fmt.Println(system.Close(ctx))
	// Output:
	// <nil>
	// gateway: closed
	// <nil>
}

// Inside a server that is there already.
func ExampleGateway_ServeHTTP() {
	system, _ := actors.NewSystem(actors.Options{})
	g, err := gateway.New(gateway.Options{System: system, Routes: map[string]dialect.Dialect{"/signaling": native.New()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("/signaling", g)
	server := &http.Server{Handler: mux}

	// …
	server.Close()
	g.Close()
	system.Close(context.Background())
}
