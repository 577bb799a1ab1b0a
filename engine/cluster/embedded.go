package cluster

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// embedded is the NATS server in this process. Only its peers reach it from outside.
type embedded struct {
	server   *server.Server
	password string // of the one client, this process
	cert     string // Options.Cert
	replicas int
	refused  atomic.Pointer[refusal]
	hangUps  atomic.Int32 // of peers, since this server was let in anywhere
}

const embeddedUser = "parley"

// refusal is why this node cannot be one of the cluster.
type refusal struct {
	err    error
	since  time.Time
	byPeer bool // it may be that peer which is wrong: it counts only where no other lets this node in
}

// manyHangUps is how often peers hang up before that is taken for an answer. One that stops does so once for each of its connections.
const manyHangUps = 20

// alone is how long a node that a peer has refused waits for another to let it in.
const alone = 2 * time.Second

// startEmbedded starts a server. With two peers or more it is one of a cluster, whose data has three replicas; alone, or with
// one peer, where nothing survives the loss of either, it has one.
func startEmbedded(o Options, secret key, log *slog.Logger) (*embedded, error) {
	dir, err := o.store()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &OptionError{"Store", dir, err.Error()}
	}
	peers := others(o)
	so := &server.Options{
		ServerName: o.Node, NoSigs: true, NoLog: true,
		// This process needs no port, but without one the server does not talk to its peers.
		Host: "127.0.0.1", Port: server.RANDOM_PORT, DontListen: len(peers) == 0,
		Username: embeddedUser, Password: rand.Text(),
		JetStream: true, StoreDir: dir, JetStreamMaxMemory: 64 << 20, JetStreamMaxStore: 512 << 20,
		MaxPayload: 1 << 20, WriteDeadline: 5 * time.Second,
	}
	e := &embedded{cert: o.Cert, replicas: 1, password: so.Password}
	if len(peers) > 0 {
		if err := route(so, o, peers, secret); err != nil {
			return nil, err
		}
	}
	if len(peers) > 1 {
		e.replicas = mostReplicas
	}
	if e.server, err = server.NewServer(so); err != nil {
		return nil, fmt.Errorf("%w: the embedded server: %w", ErrNATS, err)
	}
	e.server.SetLoggerV2(&natsLog{log: log.With("part", "nats"), e: e}, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(10 * time.Second) {
		e.server.Shutdown()
		return nil, fmt.Errorf("%w: the embedded server does not start: is %s free?", ErrNATS, o.Listen)
	}
	return e, nil
}

// others are the routes that do not lead back here.
func others(o Options) []string {
	var list []string
	for _, r := range o.Routes {
		if !leadsTo(r, o.Listen) {
			list = append(list, r)
		}
	}
	return list
}

// leadsTo tells whether a route is that of this machine's own listener.
func leadsTo(route, listen string) bool {
	host, port, _ := net.SplitHostPort(route)
	own, ownPort, _ := net.SplitHostPort(listen)
	if port != ownPort {
		return false
	}
	if host == own || loopback(route) && loopback(listen) {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	there, _ := net.DefaultResolver.LookupHost(ctx, host) // what has no name yet is another
	here, _ := net.DefaultResolver.LookupHost(ctx, own)
	if ip := net.ParseIP(own); own == "" || ip != nil && ip.IsUnspecified() {
		here = nil
		addrs, _ := net.InterfaceAddrs()
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok {
				here = append(here, n.IP.String())
			}
		}
	}
	return slices.ContainsFunc(there, func(a string) bool { return slices.Contains(here, a) })
}

// route makes the server one of several.
func route(so *server.Options, o Options, peers []string, secret key) error {
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return &OptionError{"Listen", o.Listen, "the port must be a number"}
	}
	so.Cluster = server.ClusterOpts{Name: o.Name, Host: host, Port: n, ConnectRetries: -1}
	var user *url.Userinfo
	if secret != nil {
		so.Cluster.Username, so.Cluster.Password = o.Name, secret.routePassword(o.Name)
		user = url.UserPassword(so.Cluster.Username, so.Cluster.Password)
	}
	for _, r := range peers {
		so.Routes = append(so.Routes, &url.URL{Scheme: "nats", User: user, Host: r})
	}
	if o.Cert == "" {
		return nil
	}
	config, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: o.Cert, KeyFile: o.Key, CaFile: o.CA, Verify: o.CA != "", Timeout: 2})
	if err != nil {
		return &OptionError{"Cert", o.Cert, err.Error()}
	}
	config.RootCAs = config.ClientCAs
	so.Cluster.TLSConfig, so.Cluster.TLSTimeout = config, 2
	return nil
}

func (e *embedded) close() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// stepDown gives the bucket's leadership to another server, if this one has it: an election after
// its end would take 4 to 9 s.
func (e *embedded) stepDown(bucket string) {
	leads := func() bool {
		return e.server.JetStreamIsClustered() && e.server.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket)
	}
	if !leads() || e.server.JetStreamStepdownStream(server.DEFAULT_GLOBAL_ACCOUNT, "KV_"+bucket) != nil {
		return
	}
	for end := time.Now().Add(2 * time.Second); leads() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
}

func (e *embedded) refusal() error {
	r := e.refused.Load()
	if r == nil {
		return nil
	}
	if r.byPeer && e.server.NumRoutes() > 0 {
		e.refused.CompareAndSwap(r, nil)
		e.hangUps.Store(0)
		return nil
	}
	if r.byPeer && time.Since(r.since) < alone {
		return nil
	}
	return r.err
}

// natsLog passes the server's log on, and hears out of it why peers refuse this node.
type natsLog struct {
	log *slog.Logger
	e   *embedded
}

func (l *natsLog) Noticef(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.log.Debug(text)
	if strings.HasSuffix(text, "Router connection closed: Client Closed") && l.e.hangUps.Add(1) == manyHangUps {
		err := fmt.Errorf("%w: %w", ErrNATS, &OptionError{"Cert", l.e.cert, "must be set, with Key and CA, as on the peers: they hang up without a word"})
		l.e.refused.CompareAndSwap(nil, &refusal{err, time.Now(), true})
	}
}
func (l *natsLog) Debugf(string, ...any)          {}
func (l *natsLog) Tracef(string, ...any)          {}
func (l *natsLog) Warnf(format string, v ...any)  { l.log.Info(fmt.Sprintf(format, v...)) }
func (l *natsLog) Fatalf(format string, v ...any) { l.hear(fmt.Sprintf(format, v...)) }
func (l *natsLog) Errorf(format string, v ...any) { l.hear(fmt.Sprintf(format, v...)) }

func (l *natsLog) hear(text string) {
	level := slog.LevelWarn
	if strings.Contains(text, "trying to connect to route") { // the peer is not there yet
		level = slog.LevelDebug
	}
	l.log.Log(context.Background(), level, text)
	var err error
	byPeer := true
	switch {
	case strings.Contains(text, "Route Error 'Authorization Violation'"):
		err = fmt.Errorf("%w: the peers refuse this node's", ErrSecret)
	case strings.Contains(text, "Rejecting connection, cluster name"):
		err = fmt.Errorf("%w: %s", ErrName, text)
	case strings.Contains(text, "TLS route handshake error") && (strings.Contains(text, "x509: ") || strings.Contains(text, "remote error: ")):
		err = fmt.Errorf("%w: %w", ErrNATS, &OptionError{"Cert", l.e.cert, "must be, with Key and CA, such that this node and its peers trust each other (" + text + ")"})
	case strings.Contains(text, "Remote server has a duplicate name"):
		err, byPeer = fmt.Errorf("%w: %w", ErrNATS, &OptionError{"Node", l.e.server.Name(), "must be this node's alone (" + text + ")"}), false
	case strings.Contains(text, "Error listening on route"), strings.Contains(text, "Error listening on router"):
		err, byPeer = fmt.Errorf("%w: %s", ErrNATS, text), false
	default:
		return
	}
	l.e.refused.CompareAndSwap(nil, &refusal{err, time.Now(), byPeer})
}
