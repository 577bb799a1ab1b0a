package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// browser is an HTTP client without kept connections.
var browser = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}

func get(t *testing.T, s *server.Server, path string) (*http.Response, string) {
	t.Helper()
	res, err := browser.Get(strings.TrimSuffix(s.URL(), "/") + path)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res, string(body)
}

func TestHealth(t *testing.T) {
	s := start(t, server.Config{})
	for path, want := range map[string]string{"/healthz": `{"status":"ok"}`, "/readyz": `{"status":"ready"}`} {
		res, body := get(t, s, path)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, "application/json", res.Header.Get("Content-Type"))
		require.JSONEq(t, want, body)
	}
	res, err := browser.Post(s.URL()+"readyz", "", nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, res.StatusCode)
}

func TestPage(t *testing.T) {
	s := start(t, server.Config{})
	res, body := get(t, s, "/?room_id=x")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, res.Header.Get("Content-Type"), "text/html")
	require.Contains(t, body, "Parley")
}

func TestElsewhere(t *testing.T) {
	s := start(t, server.Config{})
	for _, path := range []string{"/nowhere", "/ws", "/swoole", "/healthz/x"} {
		res, body := get(t, s, path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
		var said struct{ Error, Message string }
		require.NoError(t, json.Unmarshal([]byte(body), &said))
		require.Equal(t, "not_found", said.Error)
		require.Contains(t, said.Message, path)
	}
}

func TestHandlerServesWhatTheEngineDoesNot(t *testing.T) {
	s := start(t, server.Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "mine: "+r.URL.Path)
	})})
	_, body := get(t, s, "/mine/page.html")
	require.Equal(t, "mine: /mine/page.html", body)
	_, body = get(t, s, "/readyz")
	require.JSONEq(t, `{"status":"ready"}`, body)
}

func TestTakenPortIsAnError(t *testing.T) {
	s := start(t, server.Config{})
	second, err := server.New(server.Config{Addr: s.Addr().String()})
	require.NoError(t, err)
	require.ErrorIs(t, second.Start(), syscall.EADDRINUSE)
	require.NoError(t, second.Shutdown(context.Background()))
}

func TestDrain(t *testing.T) {
	for _, codec := range []wire.Codec{wire.JSON, wire.Msgpack} {
		s := start(t, server.Config{RetryAfter: 1500 * time.Millisecond})
		c := connect(t, s, codec)
		c.join("den", 1)
		down := make(chan error, 1)
		go func() { down <- s.Shutdown(context.Background()) }()

		bye := next[*wire.Bye](c)
		require.Equal(t, 1001, bye.Code)
		require.Equal(t, 1500*time.Millisecond, bye.RetryAfter)
		require.Empty(t, bye.Room)
		require.Equal(t, ws.StatusGoingAway, c.closed())
		require.NoError(t, <-down)
		require.NoError(t, s.Wait())
		_, err := net.Dial("tcp", s.Addr().String())
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
}

func TestWhatIsQueuedIsFlushedBeforeTheBye(t *testing.T) {
	s := start(t, server.Config{})
	a, b := connect(t, s, wire.JSON), connect(t, s, wire.JSON)
	a.join("den", 1)
	b.join("den", 1)
	const n = 500
	for i := range n {
		a.send(&wire.Request{Kind: wire.KindSend, ID: uint64(i + 2), Room: "den", Event: "chat"})
	}
	next[*wire.MemberChange](a)
	for i := range n {
		require.Equal(t, uint64(i+2), next[*wire.OK](a).ID)
	}
	// b has read nothing yet: everything waits for it here and in the socket.
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	for range n {
		next[*wire.Event](b)
	}
	require.Equal(t, 1001, next[*wire.Bye](b).Code)
	require.Equal(t, ws.StatusGoingAway, b.closed())
	require.Equal(t, 1001, next[*wire.Bye](a).Code)
	require.Equal(t, ws.StatusGoingAway, a.closed())
	require.NoError(t, <-down)
}

func TestReadinessEndsFirst(t *testing.T) {
	s := start(t, server.Config{DrainDelay: time.Hour})
	ctx, cut := context.WithCancel(context.Background())
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(ctx) }()
	require.Eventually(t, s.Draining, patience, time.Millisecond)

	res, body := get(t, s, "/readyz")
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.JSONEq(t, `{"status":"draining"}`, body)
	res, _ = get(t, s, "/healthz")
	require.Equal(t, http.StatusOK, res.StatusCode)
	connect(t, s, wire.JSON).join("den", 1) // still served

	cut()
	require.ErrorIs(t, <-down, context.Canceled)
	<-s.Done()
}

func TestAClientThatNeverClosesIsCut(t *testing.T) {
	s := start(t, server.Config{DrainTimeout: 100 * time.Millisecond})
	c := connect(t, s, wire.JSON)
	c.join("den", 1)
	require.ErrorIs(t, s.Shutdown(context.Background()), context.DeadlineExceeded)
	require.ErrorIs(t, s.Wait(), context.DeadlineExceeded)
}

func TestLifeCycle(t *testing.T) {
	s, err := server.New(server.Config{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	require.Nil(t, s.Addr())
	require.Nil(t, s.TURNAddr())
	require.Empty(t, s.URL())
	require.NoError(t, s.Start())
	require.ErrorIs(t, s.Start(), server.ErrStarted)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { require.NoError(t, s.Shutdown(context.Background())) })
	}
	all.Wait()
	require.ErrorIs(t, s.Start(), server.ErrStarted)

	s, err = server.New(server.Config{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	require.NoError(t, s.Shutdown(context.Background()), "never started")
}

func TestWrongSettingsAreRefusedByName(t *testing.T) {
	for field, cfg := range map[string]server.Config{
		"Addr":           {Addr: "8080"},
		"Origins":        {Origins: []string{"a.example", "https://a.example/path"}},
		"Linger":         {Linger: 25 * time.Hour},
		"RoomCapacity":   {RoomCapacity: -1},
		"QueueBytes":     {QueueBytes: 1},
		"Behavior":       {Behavior: []string{"a=call", "b=dance"}},
		"Shards":         {Shards: 1025},
		"TURNAddr":       {TURNAddr: ":-1"},
		"TURNPublicHost": {TURNPublicHost: "https://turn.example.org"},
		"TURNPublicIP":   {TURNPublicIP: "2001:db8::1"},
		"TURNPorts":      {TURNPorts: "80-90"},
		"TURNTLSAddr":    {TURNTLSAddr: "5349"},
		"TURNCert":       {TURNKey: "key.pem"},
		"TURNKey":        {TURNCert: "cert.pem"},
		"TURNSecret":     {TURNSecret: "fifteen bytes.."},
		"TURNTTL":        {TURNTTL: time.Second},
		"TURNQuota":      {TURNQuota: 10_001},
		"ICEServers":     {ICEServers: []string{"stun:a.example", "turn:b.example"}},
		"DrainDelay":     {DrainDelay: -1},
		"DrainTimeout":   {DrainTimeout: 2 * time.Hour},
		"RetryAfter":     {RetryAfter: -time.Second},
	} {
		t.Run(field, func(t *testing.T) {
			_, err := server.New(cfg)
			var wrong *server.ConfigError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, field, wrong.Field)
			require.ErrorContains(t, err, field+": ")
		})
	}
	_, err := server.New(server.Config{Shards: -1, Addr: "x"})
	require.ErrorContains(t, err, "Shards: must be 1 to 1024, not -1")
	require.ErrorContains(t, err, `Addr: must be "host:port" or ":port", not "x"`)
}

func TestOrigins(t *testing.T) {
	for _, right := range []string{"*", "a.example", "*.a.example", "a.example:8443", "https://a.example", "http://localhost:3000", "192.0.2.1", "[2001:db8::1]:443", "https://[2001:db8::1]", "xn--fiq228c.example"} {
		require.NoError(t, server.Config{Origins: []string{right}}.Validate(), right)
	}
	for _, wrong := range []string{"", "*.", "**", "a.*.example", "https://", "https://a.example/", "ftp://a.example", "a.example:x", "a.example:70000", "a b", "中文.example", "user@a.example"} {
		require.ErrorContains(t, server.Config{Origins: []string{wrong}}.Validate(), "Origins: ", wrong)
	}
}

func TestForeignOriginsAreRefused(t *testing.T) {
	s := start(t, server.Config{Origins: []string{"friend.example"}})
	for origin, want := range map[string]bool{
		"":                                   true, // no page
		strings.TrimSuffix(s.URL(), "/"):     true, // the page's own
		"https://friend.example":             true,
		"https://foe.example":                false,
		"null":                               false,
		"https://friend.example.foe.example": false,
	} {
		d := ws.Dialer{Timeout: patience}
		if origin != "" {
			d.Header = ws.HandshakeHeaderHTTP{"Origin": {origin}}
		}
		conn, _, _, err := d.Dial(context.Background(), strings.Replace(s.URL(), "http", "ws", 1)+"ws")
		if want {
			require.NoError(t, err, origin)
			require.NoError(t, conn.Close())
			continue
		}
		var status ws.StatusError
		require.ErrorAs(t, err, &status, origin)
		require.Equal(t, http.StatusForbidden, int(status), origin)
	}
}

// buffer is a log that is written to and read from.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
