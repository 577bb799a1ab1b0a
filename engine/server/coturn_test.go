package server_test

import (
	"testing"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/ice/icetest"
	"github.com/parley-signaling/parley/engine/server"
)

// The credentials that members are given are good for a coturn that shares the secret.
func TestCoturn(t *testing.T) {
	const secret = "shared with the real coturn"
	addr := icetest.Coturn(t, secret)
	s := start(t, server.Config{TURNSecret: secret, ICEServers: []string{"turn:" + addr}})
	ada, _ := iceServers(t, s, wire.JSON)
	bob, _ := iceServers(t, s, wire.JSON)
	talk(t, relayed(t, addr, ada[0]), relayed(t, addr, bob[0]))
}
