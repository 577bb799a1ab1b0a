// Package metrics shows an engine's counts to Prometheus. They are read from the parts when
// somebody asks, so nothing here costs a message anything. No label has a room's or a member's
// name: the number of series does not grow with the load.
package metrics

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/cluster"
	"github.com/parley-signaling/parley/engine/webhook"
	"github.com/parley-signaling/parley/gateway"
)

// Sources are the parts whose counts are shown.
type Sources struct {
	Version     string
	System      *actors.System
	Gateways    func() []*gateway.Gateway // their counts are added up
	Allocations func() int                // of the TURN server
	Draining    func() bool
	Webhooks    func() webhook.Stats // zero where there are none

	Certificates func() []Certificate // each pair of Use and Name once
}

// Certificate is one that clients are shown.
type Certificate struct {
	Use      string // https, admin or turn
	Name     string // that it is for, the first one
	NotAfter time.Time
}

// New is a registry with an engine's metrics, those of the Go runtime, and those of the process.
func New(s Sources) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(&collector{s}, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsScheduler)))
	return r
}

// collector is a prometheus.Collector.
type collector struct{ Sources }

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for i := range families {
		to <- families[i].desc
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	n := c.read()
	for i := range families {
		families[i].collect(n, to)
	}
}

// numbers are what the parts say at one moment.
type numbers struct {
	version, runtime string
	actors           actors.Stats
	traffic          actors.Traffic
	gateway          gateway.Stats // of all gateways
	dialects         map[string]int
	shards           gateway.ShardTraffic // of all shards
	allocations      int
	draining         bool
	webhooks         webhook.Stats
	certificates     []Certificate
	cluster          cluster.Stats // where there is one
}

func (c *collector) read() *numbers {
	n := &numbers{
		version: c.Version, runtime: runtime.Version(),
		actors: c.System.Stats(), traffic: c.System.Traffic(),
		dialects: map[string]int{}, allocations: c.Allocations(), draining: c.Draining(),
	}
	for _, g := range c.Gateways() {
		n.add(g)
	}
	n.webhooks, n.certificates = c.Webhooks(), c.Certificates()
	return n
}

// add adds a gateway's counts.
func (n *numbers) add(g *gateway.Gateway) {
	s, t := g.Stats(), g.Traffic()
	n.gateway.Accepted += s.Accepted
	n.gateway.Upgraded += s.Upgraded
	n.gateway.Panics += s.Panics
	n.gateway.Pongs += s.Pongs
	for i, v := range s.Refused {
		n.gateway.Refused[i] += v
	}
	for i, v := range s.Ended {
		n.gateway.Ended[i] += v
	}
	for name, v := range t.Dialects {
		n.dialects[name] += v
	}
	for _, s := range t.Shards {
		n.shards.Waiting += s.Waiting
		n.shards.Messages += s.Messages
		n.shards.Received += s.Received
		n.shards.Writes += s.Writes
		n.shards.Written += s.Written
		n.shards.Pings += s.Pings
	}
}
