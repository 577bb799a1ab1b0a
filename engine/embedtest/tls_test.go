package embedtest

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/anthdm/hollywood/actor"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/client"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
)

// rooms is a gateway for somebody's mux, over somebody's Hollywood engine.
func rooms(t *testing.T) *gateway.Gateway {
	t.Helper()
	engine, err := actor.NewEngine(actor.NewEngineConfig())
	require.NoError(t, err)
	sys, err := actors.NewSystem(actors.Options{Engine: engine, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	require.Same(t, engine, sys.Engine())
	gw, err := gateway.New(gateway.Options{System: sys, Routes: map[string]dialect.Dialect{"/signal": native.New()}})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, gw.Close())
		require.NoError(t, sys.Close(context.Background()))
	})
	return gw
}

// logged is a middleware's ResponseWriter, as many servers have one around every handler.
type logged struct {
	http.ResponseWriter
	status int
}

func (l *logged) WriteHeader(status int) {
	l.status = status
	l.ResponseWriter.WriteHeader(status)
}

func (l *logged) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func TestGatewayBehindTheTLSOfAnExistingServer(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the site") })
	mux.Handle("/signal", rooms(t))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(&logged{ResponseWriter: w}, r)
	}))
	server.EnableHTTP2 = true // a browser may use it for the site; a WebSocket asks for HTTP/1.1
	server.StartTLS()
	t.Cleanup(server.Close)

	ctx := patient(t, patience)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig
	join := func(codec wire.Codec) *client.Room {
		c, err := client.Dial(ctx, server.URL+"/signal", client.Options{Codec: codec, TLSConfig: roots.Clone()})
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		room, err := c.Join(ctx, "tea", client.JoinOptions{})
		require.NoError(t, err)
		return room
	}
	a, b := join(wire.JSON), join(wire.Msgpack)
	_, err := a.Send(ctx, "chat", map[string]string{"text": "hello"})
	require.NoError(t, err)
	var heard struct {
		Text string `json:"text"`
	}
	require.NoError(t, message(t, b).Decode(&heard))
	require.Equal(t, "hello", heard.Text)

	res, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 2, res.ProtoMajor)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "the site", string(body))

	_, err = client.Dial(ctx, server.URL+"/signal", client.Options{})
	require.ErrorContains(t, err, "certificate")
}

func TestAPlainServerOfOnesOwn(t *testing.T) {
	server := httptest.NewServer(rooms(t))
	t.Cleanup(server.Close)
	talk(t, server.URL+"/signal")
	_, err := client.Dial(patient(t, patience), server.URL+"/elsewhere", client.Options{})
	require.ErrorContains(t, err, "404")
}
