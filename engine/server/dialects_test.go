package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

func TestDialectsAreOnByDefault(t *testing.T) {
	s := start(t, server.Config{})
	a, b := dial(t, s, "/y-webrtc"), dial(t, s, "/y-webrtc")
	for _, c := range []*client{a, b} {
		c.write(`{"type":"subscribe","topics":["t"]}`)
		c.write(`{"type":"ping"}`)
		require.Equal(t, `{"type":"pong"}`, c.read())
	}
	a.write(`{"type":"publish","topic":"t","data":1}`)
	require.Contains(t, b.read(), `{"type":"publish","topic":"t","data":1,"clients":`)

	c := dial(t, s, "/trystero")
	c.write(`{"type":"subscribe","topic":"t"}`)
	c.write(`{"type":"publish","topic":"t","payload":1}`)
	require.Equal(t, `{"topic":"t","payload":1}`, c.read())

	d := dial(t, s, "/tracker")
	d.write(`{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","peer_id":"bbbbbbbbbbbbbbbbbbbb","left":0}`)
	require.Equal(t, `{"action":"announce","info_hash":"aaaaaaaaaaaaaaaaaaaa","interval":120,"complete":1,"incomplete":0}`, d.read())

	res, body := get(t, s, "/y-webrtc")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "okay", body)
}

func TestDialectsElsewhereAndOff(t *testing.T) {
	s := start(t, server.Config{YWebRTCPath: server.Off, TrysteroPath: "/relays/1"})
	res, _ := get(t, s, "/y-webrtc")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	c := dial(t, s, "/relays/1")
	c.write(`{"type":"subscribe","topic":"t"}`)
	c.write(`{"type":"publish","topic":"t","payload":1}`)
	require.Equal(t, `{"topic":"t","payload":1}`, c.read())
}

// A dialect's own listener speaks it at every path, to the same rooms, and drains with the rest.
func TestDialectsOwnListener(t *testing.T) {
	s := start(t, server.Config{YWebRTCAddr: "127.0.0.1:0"})
	require.Nil(t, s.DialectAddr("trystero"))
	there := "ws://" + s.DialectAddr("y-webrtc").String()
	a, b := dialURL(t, there+"/"), dialURL(t, there+"/any/path")
	c := dial(t, s, "/y-webrtc")
	for i, p := range []*client{a, b, c} {
		p.write(`{"type":"subscribe","topics":["t"]}`)
		p.write(`{"type":"publish","topic":"t"}`)
		for _, in := range []*client{a, b, c}[:i+1] {
			require.Equal(t, fmt.Sprintf(`{"type":"publish","topic":"t","clients":%d}`, i+1), in.read())
		}
	}
	res, err := browser.Get("http" + there[2:] + "/")
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)

	shut := make(chan error, 1)
	go func() { shut <- s.Shutdown(t.Context()) }()
	for _, p := range []*client{a, b, c} {
		require.EqualValues(t, 1001, p.closed())
	}
	require.NoError(t, <-shut)
}

func TestTakenPortOfADialect(t *testing.T) {
	first := start(t, server.Config{YWebRTCAddr: "127.0.0.1:0"})
	s, err := server.New(server.Config{Addr: "127.0.0.1:0", YWebRTCAddr: first.DialectAddr("y-webrtc").String()})
	require.NoError(t, err)
	require.ErrorContains(t, s.Start(), "address already in use")
	require.Nil(t, s.Addr(), "nothing is left open")
	require.NoError(t, s.Shutdown(t.Context()))
}

func TestWrongMounts(t *testing.T) {
	for path, problem := range map[string]string{
		"/":             "must be \"off\" or a path",
		"y-webrtc":      "must be \"off\" or a path",
		"/a/":           "must be \"off\" or a path",
		"/a b":          "must be \"off\" or a path",
		"/ws":           "must not be",
		"/healthz/y":    "must not be",
		"/trystero/sub": "must not be",
	} {
		_, err := server.New(server.Config{YWebRTCPath: path})
		require.ErrorContains(t, err, problem, path)
	}
}
