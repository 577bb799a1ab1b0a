package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/parley-signaling/parley/engine/statedir"
)

// Limits of Options.
const (
	MinLease      = 300 * time.Millisecond
	MaxLease      = time.Minute
	MinSecret     = 16      // bytes
	MinQueueBytes = 1 << 20 // 1 MiB
	MaxQueueBytes = 1 << 30
	MaxName       = 64
)

// Options configure a Cluster. Either URLs or Embedded must be set; the rest may be zero.
type Options struct {
	// Name is the cluster's: up to 64 of A-Z a-z 0-9 _ -; "": parley. Clusters of different names may share a NATS.
	Name string
	// Secret is what all nodes know, 16 bytes or more. With it every packet between nodes is authenticated, and a
	// node without it is refused. "": whoever the NATS account lets in is trusted.
	Secret string
	// Node names this node in logs; an embedded NATS server needs it to be its own, and the same at
	// every start. "": the host's name, with the port of Listen.
	Node string

	URLs     []string // of an external NATS: nats://, tls://; with user:password@ or token@ where it asks for them
	Creds    string   // a file of NATS credentials
	NKey     string   // a file of a NATS nkey's seed; not beside Creds
	CA       string   // PEM files: whom to trust, and this node's certificate and key; for NATS,
	Cert     string   // and between embedded servers
	Key      string
	Embedded bool     // run a NATS server in this process
	Listen   string   // where its peers reach it, host:port; "": :6222
	Routes   []string // Listen of all peers, host:port; itself may be among them
	Store    string   // the folder of its data; "": one in $STATE_DIRECTORY or in the user's cache

	Lease      time.Duration // how long a node that is not heard of counts as there, 300ms to 1m; 0: 3s
	DrainAfter time.Duration // how long it may be cut off before CutOff is called, 1s to 1h; 0: 10s
	QueueBytes int           // what may wait or be under way to one other node, 1 MiB to 1 GiB; 0: 32 MiB

	// CutOff is called when the node has been without its lease for DrainAfter, or without NATS since it was
	// started, and Back when it has a view again. nil: nobody is told.
	CutOff, Back func()
	Logger       *slog.Logger // nil: slog.Default()
}

var nameRule = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Limits of DrainAfter.
const (
	MinDrainAfter = time.Second
	MaxDrainAfter = time.Hour
)

// Validate returns an OptionError for each field that is wrong, joined.
func (o Options) Validate() error {
	o = o.withDefaults()
	var errs []error
	wrong := func(is bool, field string, value any, problem string, args ...any) {
		if is {
			errs = append(errs, &OptionError{field, value, fmt.Sprintf(problem, args...)})
		}
	}
	wrong(!nameRule.MatchString(o.Name), "Name", o.Name, "must be 1 to %d of A-Z, a-z, 0-9, _ and -", MaxName)
	wrong(!nameRule.MatchString(o.Node), "Node", o.Node, "must be 1 to %d of A-Z, a-z, 0-9, _ and -", MaxName)
	wrong(o.Secret != "" && len(o.Secret) < MinSecret, "Secret", hidden(len(o.Secret)), "must have at least %d bytes", MinSecret)
	wrong((o.Cert == "") != (o.Key == ""), missing(o.Cert, "Cert", "Key"), "", "must be set, as its counterpart is")
	wrong(o.Lease < MinLease || o.Lease > MaxLease, "Lease", o.Lease, "must be %v to %v", MinLease, MaxLease)
	wrong(o.DrainAfter < MinDrainAfter || o.DrainAfter > MaxDrainAfter, "DrainAfter", o.DrainAfter, "must be %v to %v", MinDrainAfter, MaxDrainAfter)
	wrong(o.QueueBytes < MinQueueBytes || o.QueueBytes > MaxQueueBytes, "QueueBytes", o.QueueBytes, "must be %d to %d", MinQueueBytes, MaxQueueBytes)
	o.checkFiles(wrong)
	if o.Embedded {
		o.checkEmbedded(wrong)
	} else {
		o.checkExternal(wrong)
	}
	return errors.Join(errs...)
}

type complaint func(is bool, field string, value any, problem string, args ...any)

func (o Options) checkEmbedded(wrong complaint) {
	wrong(len(o.URLs) > 0, "Embedded", true, "must be off where there is the URL of a NATS")
	wrong(!hostPort(o.Listen), "Listen", o.Listen, `must be "host:port" or ":port"`)
	for _, r := range o.Routes {
		wrong(!hostPort(r), "Routes", r, `must be "host:port"`)
	}
	wrong(o.Secret == "" && !loopback(o.Listen), "Secret", hidden(0), "must be set where the embedded NATS listens on more than this machine (127.0.0.1, localhost)")
	wrong(o.Creds != "", "Creds", o.Creds, "is for an external NATS")
	wrong(o.NKey != "", "NKey", o.NKey, "is for an external NATS")
}

func (o Options) checkExternal(wrong complaint) {
	wrong(len(o.URLs) == 0, "URLs", "", "must be set, or Embedded")
	for _, u := range o.URLs {
		wrong(!natsURL(u), "URLs", hidden(len(u)), "must be nats:// or tls://, a host and, if need be, a port")
	}
	wrong(len(o.Routes) > 0, "Routes", o.Routes, "is for an embedded NATS")
}

// hidden stands for a value that must not be shown, of so many bytes.
type hidden int

func (h hidden) String() string { return fmt.Sprintf("(%d bytes)", int(h)) }

// missing is that of two names which has no value; one is given.
func missing(value, name, other string) string {
	if value == "" {
		return name
	}
	return other
}

func hostPort(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, bad := strconv.Atoi(port)
	return err == nil && bad == nil && n > 0 && n < 65536
}

func natsURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "nats" || u.Scheme == "tls")
}

func loopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	o.Name = cmp.Or(o.Name, "parley")
	o.Listen = cmp.Or(o.Listen, ":6222")
	o.Node = cmp.Or(o.Node, ownName(o))
	o.Lease = cmp.Or(o.Lease, 3*time.Second)
	o.DrainAfter = cmp.Or(o.DrainAfter, 10*time.Second)
	o.QueueBytes = cmp.Or(o.QueueBytes, 32<<20)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

func ownName(o Options) string {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	if o.Embedded {
		_, port, _ := net.SplitHostPort(o.Listen)
		host += "-" + port
	}
	host = strings.Trim(notInNames.ReplaceAllString(host, "-"), "-")
	return host[:min(len(host), MaxName)]
}

// store is the folder of the embedded server's data.
func (o Options) store() (string, error) {
	root := o.Store
	if root == "" {
		var err error
		if root, err = statedir.Default(); err != nil {
			return "", &OptionError{"Store", "", "must be set: " + err.Error()}
		}
	}
	return filepath.Join(root, o.Name+"-"+o.Node), nil
}

// renewal is how often a lease is renewed.
func (o Options) renewal() time.Duration { return o.Lease / 3 }

// margin is how much earlier than its observers a node takes its own lease to have ended.
func (o Options) margin() time.Duration { return o.Lease / 10 }
