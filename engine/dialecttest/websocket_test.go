package dialecttest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// WebSocket implementations that are not ours, with the native protocol. Each of them offers
// permessage-deflate, and must live with a server that declines.

// report is what testdata/websocket/conversation.mjs tells of a conversation.
type report map[string]any

// wanted is the report of a conversation as it should be.
func wanted(codec string, more report) report {
	r := report{
		"protocol": "parley.v1." + codec, "extensions": "",
		"name": "Änne", "change": "joined", "left": "leave",
		"data":     map[string]any{"text": "grüße 🙂", "list": []any{1.5, nil, true, -7.0}},
		"answered": 2.0, "long": 60_000.0, "ponged": 3.0,
		"good": map[string]any{"code": 1000.0, "wasClean": true},
		"bad":  map[string]any{"code": 1003.0, "wasClean": true},
	}
	for name, value := range more {
		r[name] = value
	}
	return r
}

// eachCodec has clients that offer compression talk to an engine, through a proxy that sees
// the offers.
func eachCodec(t *testing.T, talk func(t *testing.T, site, codec string) report, more report) {
	for _, codec := range []string{"json", "msgpack"} {
		t.Run(codec, func(t *testing.T) {
			s := engine(t, server.Config{})
			to, err := url.Parse(s.URL())
			require.NoError(t, err)
			var offers atomic.Int32
			pass := httputil.NewSingleHostReverseProxy(to)
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate") {
					offers.Add(1)
				}
				pass.ServeHTTP(w, r)
			}))
			t.Cleanup(proxy.Close)
			require.Equal(t, wanted(codec, more), talk(t, proxy.URL+"/", codec))
			require.EqualValues(t, 2, offers.Load(), "permessage-deflate is offered by both connections")
		})
	}
}

// program runs a client that prints its report.
func program(t *testing.T, command ...string) (r report) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var complaints strings.Builder
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	require.NoError(t, err, complaints.String())
	require.NoError(t, json.Unmarshal(out, &r))
	return r
}

// native is the address of the native protocol.
func native(site string) string { return strings.Replace(site, "http", "ws", 1) + "ws" }

// others is what clients report that can send pings and fragments.
var others = report{"pong": "are you there?", "fragmented": 4.0}

func TestNodesWS(t *testing.T) {
	_, err := exec.LookPath("node")
	need(t, err == nil, "Node.js")
	needPackage(t, "ws/package.json")
	eachCodec(t, func(t *testing.T, site, codec string) report {
		return program(t, "node", "testdata/websocket/ws.mjs", native(site), codec)
	}, others)
}

func TestPythonsWebsockets(t *testing.T) {
	python := python()
	need(t, python != "", "python3 with websockets and msgpack (Debian: python3-websockets python3-msgpack)")
	eachCodec(t, func(t *testing.T, site, codec string) report {
		return program(t, python, "testdata/websocket/converse.py", native(site), codec)
	}, others)
}

// python is one that has what is needed, "" where there is none. Debian's packages are for its
// own, which need not be the first in the path.
func python() string {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import msgpack, websockets").Run() == nil {
			return python
		}
	}
	return ""
}

func TestChromiumsWebSocket(t *testing.T) {
	needPackage(t, "@msgpack/msgpack/dist.umd/msgpack.min.js")
	eachCodec(t, func(t *testing.T, site, codec string) report {
		return call[report](open(t, "a", site+"test/websocket/browser.html"), "talk", codec)
	}, nil)
}
