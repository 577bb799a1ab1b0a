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
	"strings"
	"time"
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
	NKey     string   // a file of a NATS nkey's seed
	CA       string   // PEM files: whom to trust, and this node's certificate and key; for NATS,
	Cert     string   // and between embedded servers
	Key      string
	Embedded bool     // run a NATS server in this process
	Listen   string   // where its peers reach it, host:port; "": :6222
	Routes   []string // Listen of all peers, host:port; itself may be among them
	Store    string   // the folder of its data; "": one in $STATE_DIRECTORY or in the user's cache

	Lease      time.Duration // how long a node that is not heard of counts as there, 300ms to 1m; 0: 3s
	DrainAfter time.Duration // how long it may be cut off before CutOff is called; 0: 10s
	QueueBytes int           // what may wait or be under way to one other node, 1 MiB to 1 GiB; 0: 32 MiB

	// CutOff is called when the node has been without its lease for DrainAfter, or without NATS since it was
	// started, and Back when it has a view again. nil: nobody is told.
	CutOff, Back func()
	Logger       *slog.Logger // nil: slog.Default()
}

var nameRule = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Validate returns an OptionError for each field that is wrong.
func (o Options) Validate() error {
	o = o.withDefaults()
	var errs []error
	wrong := func(is bool, field, reason string, args ...any) {
		if is {
			errs = append(errs, &OptionError{field, fmt.Sprintf(reason, args...)})
		}
	}
	wrong(!nameRule.MatchString(o.Name), "Name", "%q: must be 1 to %d of A-Z, a-z, 0-9, _ and -", o.Name, MaxName)
	wrong(!nameRule.MatchString(o.Node), "Node", "%q: must be 1 to %d of A-Z, a-z, 0-9, _ and -", o.Node, MaxName)
	wrong(o.Secret != "" && len(o.Secret) < MinSecret, "Secret", "(%d bytes): must have at least %d", len(o.Secret), MinSecret)
	wrong(o.Embedded && len(o.URLs) > 0, "Embedded", "the cluster's NATS is either embedded or elsewhere, not both")
	wrong(!o.Embedded && len(o.URLs) == 0, "URLs", "there must be the URL of a NATS, or an embedded one")
	for _, u := range o.URLs {
		wrong(!natsURL(u), "URLs", "must be nats:// or tls://, a host and, if need be, a port")
	}
	wrong(!o.Embedded && len(o.Routes) > 0, "Routes", "are for an embedded NATS")
	for _, r := range append([]string{o.Listen}, o.Routes...) {
		_, _, err := net.SplitHostPort(r)
		wrong(err != nil, "Listen, Routes", "%q: must be host:port", r)
	}
	wrong(o.Embedded && o.Secret == "" && !loopback(o.Listen), "Secret", "must be set where an embedded NATS listens on more than loopback")
	wrong((o.Cert == "") != (o.Key == ""), "Cert, Key", "one is no use without the other")
	wrong(o.Embedded && (o.Creds != "" || o.NKey != ""), "Creds, NKey", "are for an external NATS")
	wrong(o.Lease < MinLease || o.Lease > MaxLease, "Lease", "%v: must be %v to %v", o.Lease, MinLease, MaxLease)
	wrong(o.DrainAfter < 0, "DrainAfter", "%v: must not be negative", o.DrainAfter)
	wrong(o.QueueBytes < MinQueueBytes || o.QueueBytes > MaxQueueBytes, "QueueBytes", "%d: must be %d to %d", o.QueueBytes, MinQueueBytes, MaxQueueBytes)
	for field, file := range map[string]string{"Creds": o.Creds, "NKey": o.NKey, "CA": o.CA, "Cert": o.Cert, "Key": o.Key} {
		if file != "" {
			_, err := os.Stat(file)
			wrong(err != nil, field, "%v", err)
		}
	}
	return errors.Join(errs...)
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
		root = os.Getenv("STATE_DIRECTORY") // systemd's
	}
	if root == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", &OptionError{"Store", "must be set: " + err.Error()}
		}
		root = filepath.Join(cache, "parley")
	}
	return filepath.Join(root, o.Name+"-"+o.Node), nil
}

// renewal is how often a lease is renewed.
func (o Options) renewal() time.Duration { return o.Lease / 3 }

// margin is how much earlier than its observers a node takes its own lease to have ended.
func (o Options) margin() time.Duration { return o.Lease / 10 }
