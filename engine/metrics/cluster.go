package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-signaling/parley/engine/cluster"
)

// Cluster shows a node's part in its cluster, beside the metrics of New. read is called from any goroutine.
func Cluster(read func() cluster.Stats) prometheus.Collector { return &clusterCollector{read} }

type clusterCollector struct{ read func() cluster.Stats }

// Describe implements prometheus.Collector.
func (c *clusterCollector) Describe(to chan<- *prometheus.Desc) {
	for i := range clusterFamilies {
		to <- clusterFamilies[i].desc
	}
}

// Collect implements prometheus.Collector.
func (c *clusterCollector) Collect(to chan<- prometheus.Metric) {
	n := &numbers{cluster: c.read()}
	for i := range clusterFamilies {
		clusterFamilies[i].collect(n, to)
	}
}

// clusterFamilies are those of an engine that is one of several. README lists them.
var clusterFamilies = []family{
	single(gauge, "parley_cluster_nodes", "Engines in the view, those that are leaving aside.", func(n *numbers) int { return n.cluster.Nodes }),
	single(gauge, "parley_cluster_view", "Number of the view.", func(n *numbers) uint64 { return n.cluster.View }),
	single(gauge, "parley_cluster_lease_held", "1 while this engine may act.", func(n *numbers) bool { return n.cluster.Held }),
	single(counter, "parley_cluster_leases_lost_total", "Times that the others have gone on without this engine.", func(n *numbers) uint64 { return n.cluster.Lost }),
	single(counter, "parley_cluster_renewals_failed_total", "Attempts to renew the lease that failed.", func(n *numbers) uint64 { return n.cluster.Failed }),
	single(counter, "parley_cluster_links_cut_total", "Links to other engines that were cut, because too much waited.", func(n *numbers) uint64 { return n.cluster.Cuts }),
	single(gauge, "parley_cluster_waiting_bytes", "Bytes that wait for other engines, or are under way.", func(n *numbers) int { return n.cluster.All.Waiting }),
	single(counter, "parley_cluster_sent_bytes_total", "Bytes sent to other engines.", func(n *numbers) uint64 { return n.cluster.All.BytesOut }),
	single(counter, "parley_cluster_received_bytes_total", "Bytes received from other engines.", func(n *numbers) uint64 { return n.cluster.All.BytesIn }),
	single(counter, "parley_cluster_packets_sent_total", "NATS messages sent to other engines.", func(n *numbers) uint64 { return n.cluster.All.PacketsOut }),
	single(counter, "parley_cluster_packets_repeated_total", "Those that were sent again.", func(n *numbers) uint64 { return n.cluster.All.Repeated }),
	single(counter, "parley_cluster_frames_sent_total", "Frames of rooms and actors in them.", func(n *numbers) uint64 { return n.cluster.All.FramesOut }),
	single(counter, "parley_cluster_dead_letters_total", "Messages between actors that could not be sent or delivered.", func(n *numbers) uint64 { return n.cluster.DeadLetter }),
}
