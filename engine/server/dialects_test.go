package server_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/gobwas/ws"
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

// Every dialect has a path, which can be another one, or none.
func TestDialectsElsewhereAndOff(t *testing.T) {
	set := map[string]func(c *server.Config, path string){
		"swoole":   func(c *server.Config, path string) { c.SwoolePath = path },
		"y-webrtc": func(c *server.Config, path string) { c.YWebRTCPath = path },
		"trystero": func(c *server.Config, path string) { c.TrysteroPath = path },
		"tracker":  func(c *server.Config, path string) { c.TrackerPath = path },
		"peerjs":   func(c *server.Config, path string) { c.PeerJSPath = path },
		"apprtc":   func(c *server.Config, path string) { c.AppRTCPath = path },
	}
	elsewhere, off := server.Config{AdminAddr: "127.0.0.1:0"}, server.Config{}
	for name, f := range set {
		f(&elsewhere, "/relays/"+name)
		f(&off, server.Off)
	}
	moved, none := start(t, elsewhere), start(t, off)
	for i, d := range all[1:] { // but for the native one, which is where it is
		_, err := d.connect(t, none, nil)
		require.Equal(t, ws.StatusError(http.StatusNotFound), err, d.name)
		d.path = "/relays" + d.path
		d.in(t, moved)
		eventually(t, moved, "parley_members", float64(i+1))
		eventually(t, moved, fmt.Sprintf("parley_connections{dialect=%q}", d.name), 1)
	}
	for _, path := range []string{"/y-webrtc", "/peerjs/id", "/apprtc/status"} {
		res, _ := get(t, none, path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
	_, err := dialWith(t, "ws"+none.URL()[4:]+"anywhere", ws.Dialer{})
	require.Equal(t, ws.StatusError(http.StatusNotFound), err)
	dial(t, moved, "/anywhere").write(`{"cmd":"subscribe","subject":"t"}`)
	eventually(t, moved, `parley_connections{dialect="swoole"}`, 2)
}

// Those whose clients know a port and no path can have one of their own.
func TestDialectsPorts(t *testing.T) {
	const any = "127.0.0.1:0"
	s := start(t, server.Config{SwooleAddr: any, YWebRTCAddr: any, TrysteroAddr: any, TrackerAddr: any, AdminAddr: any})
	members := 0.0
	for _, d := range all {
		addr := s.DialectAddr(d.name)
		if addr == nil {
			require.Contains(t, []string{"parley", "peerjs", "apprtc"}, d.name)
			continue
		}
		for _, path := range []string{"/", "/any/path"} {
			c := dialURL(t, "ws://"+addr.String()+path)
			c.write(d.enter)
			members++
			eventually(t, s, "parley_members", members)
		}
	}
	require.Equal(t, 8.0, members)
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
