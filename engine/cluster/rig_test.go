package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

const (
	patience = 20 * time.Second
	tick     = 5 * time.Millisecond
)

// natsServer is an external NATS that a test may stop and start again, at the same port and with the same store.
type natsServer struct {
	t      testing.TB
	o      server.Options
	server *server.Server
}

func startNATS(t testing.TB, change ...func(*server.Options)) *natsServer {
	n := newNATS(t, change...)
	n.start()
	n.o.Port = n.server.Addr().(*net.TCPAddr).Port
	t.Cleanup(n.stop)
	return n
}

func newNATS(t testing.TB, change ...func(*server.Options)) *natsServer {
	n := &natsServer{t: t, o: server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 30,
	}}
	for _, f := range change {
		f(&n.o)
	}
	return n
}

func (n *natsServer) start() {
	o := n.o
	var err error
	n.server, err = server.NewServer(&o)
	require.NoError(n.t, err)
	n.server.Start()
	require.True(n.t, n.server.ReadyForConnections(patience))
}

func (n *natsServer) stop() {
	n.server.Shutdown()
	n.server.WaitForShutdown()
}

func (n *natsServer) url() string {
	return (&url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", n.o.Port)}).String()
}

// node is a Cluster with a System that writes down what it is told.
type node struct {
	t *testing.T
	*Cluster

	mu     sync.Mutex
	change sync.Cond
	views  []actors.View
	frames map[string][]string // by the sending node
	cuts   []string
	lost   int
	waits  atomic.Int64 // Backlog
	out    int          // CutOff
	back   int
}

func (n *node) told(f func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	f()
	n.change.Broadcast()
}

func (n *node) Adopt(v actors.View) { n.told(func() { n.views = append(n.views, v) }) }
func (n *node) Take(from string, f []byte) {
	n.told(func() { n.frames[from] = append(n.frames[from], string(f)) })
}
func (n *node) Cut(from string) {
	n.told(func() { n.cuts = append(n.cuts, from); n.frames[from] = nil })
}
func (n *node) Lost() { n.told(func() { n.lost++ }) }

// Backlog is of whatever node.
func (n *node) Backlog(string) int { return int(n.waits.Load()) }

// until waits for what the System is told.
func (n *node) until(what string, f func() bool) {
	n.t.Helper()
	late := time.AfterFunc(patience, func() { n.told(func() {}) })
	defer late.Stop()
	end := time.Now().Add(patience)
	n.mu.Lock()
	defer n.mu.Unlock()
	for !f() {
		require.True(n.t, time.Now().Before(end), "%s: %s does not happen; views %v", n.o.Node, what, n.views)
		n.change.Wait()
	}
}

// sees waits for a view of exactly these nodes.
func (n *node) sees(nodes ...*node) actors.View {
	n.t.Helper()
	var ids []string
	for _, o := range nodes {
		ids = append(ids, o.Self())
	}
	slices.Sort(ids)
	var v actors.View
	n.until(fmt.Sprint("a view of ", ids), func() bool {
		if len(n.views) == 0 {
			return false
		}
		v = n.views[len(n.views)-1]
		return slices.Equal(v.Nodes, ids)
	})
	return v
}

func (n *node) last() actors.View {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.views[len(n.views)-1]
}

func newNode(t *testing.T, name string, o Options) *node {
	t.Helper()
	n := &node{t: t, frames: map[string][]string{}}
	n.change.L = &n.mu
	o.Node, o.Logger = name, slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Lease == 0 {
		o.Lease = time.Second
	}
	o.CutOff, o.Back = func() { n.told(func() { n.out++ }) }, func() { n.told(func() { n.back++ }) }
	var err error
	n.Cluster, err = New(o)
	require.NoError(t, err)
	return n
}

// begin starts a node and waits for its first view.
func begin(t *testing.T, name string, o Options) *node {
	t.Helper()
	n := newNode(t, name, o)
	t.Cleanup(func() { n.end() })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, n.Start(ctx, n))
	return n
}

func (n *node) end() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = n.Close(ctx) // a NATS that is stopped takes no goodbye
}

func (n *node) received(from *node, count int) []string {
	n.t.Helper()
	n.until(fmt.Sprint(count, " frames"), func() bool { return len(n.frames[from.Self()]) >= count })
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.frames[from.Self()])
}

// testLog writes to the test's log, as long as that may be written to.
type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

// throughProxy gives a node its own way to NATS, which can be cut.
func throughProxy(t *testing.T, n *natsServer) (*gatewaytest.Proxy, string) {
	p, err := gatewaytest.NewProxy(fmt.Sprintf("127.0.0.1:%d", n.o.Port), 1)
	require.NoError(t, err)
	return p, "nats://" + p.Addr()
}

func proxyAt(addr string, n *natsServer) (*gatewaytest.Proxy, error) {
	return gatewaytest.NewProxyAt(addr, fmt.Sprintf("127.0.0.1:%d", n.o.Port), 1)
}
