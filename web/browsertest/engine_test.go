package browsertest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// engine starts one without STUN on a free port of this machine; it ends with the test. It
// serves the article's page at /article.html, as a page of one's own would be.
func engine(t *testing.T, addr string, change ...func(*server.Config)) *server.Server {
	t.Helper()
	config := server.Config{
		Addr:       addr,
		Handler:    testdata(),
		RetryAfter: 50 * time.Millisecond,
		Logger:     slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, f := range change {
		f(&config)
	}
	s, err := server.New(config)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *server.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, s.Shutdown(ctx))
}

// testdata serves the pages and scripts of the tests.
func testdata() http.Handler {
	files := http.FileServer(http.Dir("testdata"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/msgpack.js" { // the library that an application would bring along
			http.ServeFile(w, r, msgpackLibrary)
			return
		}
		files.ServeHTTP(w, r)
	})
}

const msgpackLibrary = "../node_modules/@msgpack/msgpack/dist.umd/msgpack.min.js"

// line is a TCP proxy to an engine, to be cut.
type line struct {
	ln net.Listener
	to string

	mu    sync.Mutex
	dead  bool                  // guarded by mu: new connections are cut at once
	deaf  bool                  // guarded by mu: what the engine says is lost
	pairs map[net.Conn]net.Conn // guarded by mu
	heard int                   // guarded by mu: bytes that the engine has sent
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &line{ln: ln, to: to, pairs: map[net.Conn]net.Conn{}}
	go l.serve()
	t.Cleanup(func() {
		_ = ln.Close()
		l.cut()
	})
	return l
}

func (l *line) url() string { return "http://" + l.ln.Addr().String() + "/" }

func (l *line) serve() {
	for {
		near, err := l.ln.Accept()
		if err != nil {
			return
		}
		if far := l.connect(near); far != nil {
			go l.pipe(far, near)
			go l.pipe(near, hearing{far, l})
		}
	}
}

func (l *line) connect(near net.Conn) net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dead {
		if far, err := net.Dial("tcp", l.to); err == nil {
			l.pairs[near] = far
			return far
		}
	}
	_ = near.Close()
	return nil
}

// hearing is an engine's connection, of which nothing is heard while the line is deaf.
type hearing struct {
	net.Conn
	line *line
}

func (h hearing) Read(p []byte) (int, error) {
	for {
		n, err := h.Conn.Read(p)
		h.line.count(n)
		if err != nil || !h.line.isDeaf() {
			return n, err
		}
	}
}

func (l *line) count(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard += n
}

func (l *line) heardBytes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard
}

func (l *line) isDeaf() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deaf
}

func (l *line) setDeaf(deaf bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf = deaf
}

// pipe carries one direction, and ends both with it.
func (l *line) pipe(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = from.Close()
	_ = to.Close()
}

// cut resets every connection, as a dying network does, and lets none through until mend.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	for near, far := range l.pairs {
		for _, end := range []net.Conn{near, far} {
			_ = end.(*net.TCPConn).SetLinger(0)
			_ = end.Close()
		}
	}
	clear(l.pairs)
}

func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = false
}
