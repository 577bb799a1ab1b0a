package metrics_test

import (
	"context"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/cluster"
	"github.com/parley-signaling/parley/engine/metrics"
	"github.com/parley-signaling/parley/engine/webhook"
	"github.com/parley-signaling/parley/gateway"
	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/dialect/native"
	"github.com/parley-signaling/parley/gateway/dialect/swoole"
)

// registry is that of an engine with two gateways, in which nothing has happened.
func registry(t *testing.T) *prometheus.Registry {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	sys, err := actors.NewSystem(actors.Options{Logger: log})
	require.NoError(t, err)
	var gateways []*gateway.Gateway
	for _, d := range []dialect.Dialect{native.New(), swoole.New()} {
		g, err := gateway.New(gateway.Options{System: sys, Logger: log, Fallback: d, Shards: 1})
		require.NoError(t, err)
		gateways = append(gateways, g)
	}
	t.Cleanup(func() {
		for _, g := range gateways {
			require.NoError(t, g.Close())
		}
		require.NoError(t, sys.Close(context.Background()))
	})
	r := metrics.New(metrics.Sources{
		Version: "v1.2.3", System: sys,
		Gateways:    func() []*gateway.Gateway { return gateways },
		Allocations: func() int { return 4 },
		Draining:    func() bool { return true },
		Webhooks:    func() webhook.Stats { return webhook.Stats{Sent: 5, Failed: 6, Dropped: 7, Queued: 8, QueuedBytes: 9} },
		Certificates: func() []metrics.Certificate {
			return []metrics.Certificate{{Use: "https", Name: "a.example", NotAfter: time.Unix(1e9, 5)}, {Use: "turn", Name: "a.example", NotAfter: time.Unix(2e9, 0)}}
		},
	})
	r.MustRegister(metrics.Cluster(func() cluster.Stats { return cluster.Stats{Nodes: 3} }))
	return r
}

// own are the families that are not the runtime's or the process's, by name.
func own(t *testing.T, r *prometheus.Registry) map[string]*dto.MetricFamily {
	t.Helper()
	all, err := r.Gather()
	require.NoError(t, err)
	found := map[string]*dto.MetricFamily{}
	for _, f := range all {
		if strings.HasPrefix(f.GetName(), "parley_") {
			found[f.GetName()] = f
		}
	}
	require.Greater(t, len(found), 25)
	return found
}

func TestNamesFollowPrometheus(t *testing.T) {
	r := registry(t)
	found := own(t, r)
	var names []string
	for name := range found {
		names = append(names, name)
	}
	problems, err := testutil.GatherAndLint(r, names...)
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestValues(t *testing.T) {
	require.NoError(t, testutil.GatherAndCompare(registry(t), strings.NewReader(`
# HELP parley_draining 1 in a drain.
# TYPE parley_draining gauge
parley_draining 1
# HELP parley_turn_allocations Clients that the TURN server relays.
# TYPE parley_turn_allocations gauge
parley_turn_allocations 4
# HELP parley_connections Open WebSocket connections.
# TYPE parley_connections gauge
parley_connections{dialect="parley"} 0
parley_connections{dialect="swoole"} 0
# HELP parley_panics_total Panics that have ended a room, or a connection.
# TYPE parley_panics_total counter
parley_panics_total{in="connection"} 0
parley_panics_total{in="room"} 0
# HELP parley_webhook_events_total Events that webhooks were to tell, by what became of them.
# TYPE parley_webhook_events_total counter
parley_webhook_events_total{outcome="dropped"} 7
parley_webhook_events_total{outcome="sent"} 5
# HELP parley_webhook_events_waiting Events that wait to be told, or are being told.
# TYPE parley_webhook_events_waiting gauge
parley_webhook_events_waiting 8
# HELP parley_tls_certificate_not_after_seconds When a certificate that clients are shown runs out, as Unix time.
# TYPE parley_tls_certificate_not_after_seconds gauge
parley_tls_certificate_not_after_seconds{name="a.example",use="https"} 1e+09
parley_tls_certificate_not_after_seconds{name="a.example",use="turn"} 2e+09
`), "parley_tls_certificate_not_after_seconds", "parley_webhook_events_total", "parley_webhook_events_waiting", "parley_draining", "parley_turn_allocations", "parley_connections", "parley_panics_total"))
}

// All reasons are there before anything has happened: what a rate would miss is a first occurrence.
func TestReasonsAreShownFromTheStart(t *testing.T) {
	found := own(t, registry(t))
	for name, want := range map[string]int{
		"parley_upgrades_refused_total":  int(gateway.Refusals),
		"parley_connections_ended_total": int(gateway.Endings),
		"parley_connections_cut_total":   int(actors.Cuts),
		"parley_messages_dropped_total":  int(actors.Drops),
		"parley_members_left_total":      int(actors.Exits),
	} {
		require.Len(t, found[name].GetMetric(), want, name)
	}
	for _, m := range found["parley_handover_seconds"].GetMetric() {
		h := m.GetHistogram()
		require.Len(t, h.GetBucket(), actors.DurationBuckets)
		require.InDelta(t, time.Microsecond.Seconds(), h.GetBucket()[0].GetUpperBound(), 1e-12)
	}
}

// README's table is all there is, with labels, to the letter.
func TestReadmeListsEveryMetric(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(parley_[a-z_]+)(\\{[a-z_, ]+\\})?` \\|").FindAllStringSubmatch(string(text), -1) {
		listed[row[1]] = row[2]
	}
	for name, f := range own(t, registry(t)) {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		want := ""
		if len(labels) > 0 {
			want = "{" + strings.Join(labels, ", ") + "}"
		}
		got, ok := listed[name]
		require.True(t, ok, "%s is not in README", name)
		require.Equal(t, want, got, name)
		delete(listed, name)
	}
	require.Empty(t, listed, "README lists what is not there")
}
