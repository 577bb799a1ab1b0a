// Command lines serves rooms over bare TCP, one JSON message a line: the actors without the
// gateway. Try it with nc.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log"
	"net"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// format is how every client here is spoken to.
type format struct{}

func (format) Append(dst []byte, m wire.Message) []byte {
	return append(m.AppendTo(dst, wire.JSON), '\n')
}

// bell rings when a connection has work for the goroutine that owns it.
type bell chan struct{}

func (b bell) Ready() {
	select {
	case b <- struct{}{}:
	default:
	}
}

func main() {
	sys, err := actors.NewSystem(actors.Options{})
	if err != nil {
		log.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ln.Addr())
	for {
		nc, err := ln.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(sys, nc)
	}
}

// serve owns one connection and its actor.
func serve(sys *actors.System, nc net.Conn) {
	work := make(bell, 1)
	conn := sys.Connect(actors.ConnOptions{Format: format{}, Transport: work})
	defer conn.Ended(false) // the client may come back, and resume
	lines := read(nc)
	defer func() {
		nc.Close()
		for range lines {
		}
	}()
	for {
		in := lines
		if conn.Blocked() {
			in = nil // until the room has drained
		}
		select {
		case line, ok := <-in:
			if !ok {
				return
			}
			ask(conn, line)
		case <-work:
		}
		for out := conn.Pending(make([][]byte, 0, 16)); len(out) > 0; out = conn.Pending(out[:0]) {
			buffers := net.Buffers(out)
			n, err := buffers.WriteTo(nc)
			if conn.Wrote(int(n)); err != nil {
				return
			}
		}
		if _, closing := conn.Closing(); closing {
			return
		}
	}
}

func ask(conn *actors.Conn, line []byte) {
	q := actors.NewRequest()
	if err := wire.Decode(wire.JSON, line, q); err != nil {
		conn.Refuse(err.(*wire.Error)) // it always is one
		return
	}
	conn.Do(q)
}

func read(nc net.Conn) <-chan []byte {
	lines := make(chan []byte)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(nc)
		for in.Buffer(nil, wire.MaxMessage); in.Scan(); {
			lines <- bytes.Clone(in.Bytes())
		}
	}()
	return lines
}
