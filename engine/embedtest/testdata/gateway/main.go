// Command gateway serves the Parley protocol on a listener of its own, and drains at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

func main() {
	sys, err := actors.NewSystem(actors.Options{Linger: time.Minute})
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
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ws://%s/signal\n", ln.Addr())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	drained := make(chan error)
	context.AfterFunc(ctx, func() {
		err := gw.Shutdown(context.Background(), time.Second) // clients are to come back after 1 s
		drained <- errors.Join(err, sys.Close(context.Background()))
	})
	if err := gw.Serve(ln); !errors.Is(err, gateway.ErrClosed) {
		log.Fatal(err)
	}
	if err := <-drained; err != nil {
		log.Fatal(err)
	}
	fmt.Println("drained")
}
