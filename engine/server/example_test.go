package server_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

// The actors and the gateway in a program of one's own.
func Example_embedding() {
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
	http.Handle("/signal", gw)
	log.Fatal(http.ListenAndServe("localhost:8080", nil))
}

// The whole engine in a test of one's own.
func ExampleServer() {
	srv, err := server.New(server.Config{Addr: "127.0.0.1:0"})
	if err != nil {
		log.Fatal(err)
	}
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	res, err := http.Get(srv.URL() + "readyz")
	if err != nil {
		log.Fatal(err)
	}
	_ = res.Body.Close()
	fmt.Println(res.StatusCode)
	fmt.Println(srv.Shutdown(context.Background()))
	// Output:
	// 200
	// <nil>
}
