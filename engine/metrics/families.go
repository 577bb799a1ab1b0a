package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway"
)

const (
	gauge   = prometheus.GaugeValue
	counter = prometheus.CounterValue
)

// native is the label of Parley's own protocol, whose name as a dialect is empty.
const native = "parley"

// families are all metrics of an engine. README lists them.
var families = []family{
	buildInfo(),
	certificates(),
	single(gauge, "parley_draining", "1 in a drain.", func(n *numbers) bool { return n.draining }),

	labelled(gauge, "parley_connections", "Open WebSocket connections.", "dialect", connections),
	single(gauge, "parley_rooms", "Rooms that live here.", func(n *numbers) int { return n.actors.Rooms }),
	single(gauge, "parley_relays", "Rooms of other engines that have somebody here.", func(n *numbers) int { return n.actors.Relays }),
	single(gauge, "parley_history_bytes", "Memory that rooms keep for members that come back.", func(n *numbers) int { return n.actors.HistoryBytes }),
	single(counter, "parley_history_shed_total", "Messages that rooms have let go of early, to stay within that memory.", func(n *numbers) uint64 { return n.actors.HistoryShed }),
	single(gauge, "parley_members", "Members of rooms, suspended ones included.", func(n *numbers) int { return n.actors.Members }),

	single(counter, "parley_sockets_accepted_total", "Sockets accepted.", func(n *numbers) uint64 { return n.gateway.Accepted }),
	single(counter, "parley_upgrades_total", "WebSocket upgrades granted.", func(n *numbers) uint64 { return n.gateway.Upgraded }),
	enumerated[gateway.Refusal]("parley_upgrades_refused_total", "Sockets turned away before they were WebSockets.", "reason",
		func(n *numbers) []uint64 { return n.gateway.Refused[:] }),
	enumerated[gateway.Ending]("parley_connections_ended_total", "WebSocket connections that have ended.", "reason",
		func(n *numbers) []uint64 { return n.gateway.Ended[:] }),
	enumerated[actors.Cut]("parley_connections_cut_total", "Connections closed because they went beyond a bound.", "bound",
		func(n *numbers) []uint64 { return n.actors.Cut[:] }),

	single(counter, "parley_messages_received_total", "Messages received from clients.", func(n *numbers) uint64 { return n.shards.Messages }),
	single(counter, "parley_messages_delivered_total", "Messages handed to connections, once for each receiver.", func(n *numbers) uint64 { return n.traffic.Delivered }),
	enumerated[actors.Drop]("parley_messages_dropped_total", "Messages that went nowhere.", "reason",
		func(n *numbers) []uint64 { return n.actors.Dropped[:] }),
	labelled(counter, "parley_requests_refused_total", "Requests answered with an error.", "code", refused),
	single(counter, "parley_received_bytes_total", "Bytes read from sockets.", func(n *numbers) uint64 { return n.shards.Received }),
	single(counter, "parley_sent_bytes_total", "Bytes written to sockets.", func(n *numbers) uint64 { return n.shards.Written }),
	single(counter, "parley_writes_total", "System calls that wrote them.", func(n *numbers) uint64 { return n.shards.Writes }),
	single(counter, "parley_pings_sent_total", "Pings sent.", func(n *numbers) uint64 { return n.shards.Pings }),
	single(counter, "parley_pongs_dropped_total", "Answers to pings that a newer one has replaced, because the client did not read.",
		func(n *numbers) uint64 { return n.gateway.Pongs }),

	single(counter, "parley_members_joined_total", "New members.", func(n *numbers) uint64 { return n.traffic.Joined }),
	single(counter, "parley_members_suspended_total", "Members whose connection was lost.", func(n *numbers) uint64 { return n.traffic.Suspended }),
	labelled(counter, "parley_resumes_total", "Members back on a new connection, with all that they had missed or without.", "outcome", resumes),
	enumerated[actors.Exit]("parley_members_left_total", "Members gone for good.", "reason",
		func(n *numbers) []uint64 { return n.traffic.Left[:] }),

	histogram("parley_handover_seconds", "Time that messages wait: in a room's mailbox, for its next turn; from that turn until a connection is written.", "to", handover),
	labelled(gauge, "parley_mailbox_letters_peak", "The most letters that a turn has found in a mailbox, since the last look or in 10 s.", "mailbox", peaks),
	single(gauge, "parley_connections_waiting", "Connections with output that waits for the next turn of their shard.", func(n *numbers) int { return n.shards.Waiting }),
	single(counter, "parley_room_turns_total", "Turns of rooms.", func(n *numbers) uint64 { return n.traffic.Turns }),

	labelled(counter, "parley_panics_total", "Panics that have ended a room, or a connection.", "in", panics),
	single(counter, "parley_behaviors_stuck_total", "Times that a behaviour held up its room for too long.", func(n *numbers) uint64 { return n.actors.Stuck }),
	labelled(counter, "parley_webhook_events_total", "Events that webhooks were to tell, by what became of them.", "outcome", webhooks),
	single(counter, "parley_webhook_attempts_failed_total", "Attempts to tell one that the receiver did not take.", func(n *numbers) uint64 { return n.webhooks.Failed }),
	single(gauge, "parley_webhook_events_waiting", "Events that wait to be told, or are being told.", func(n *numbers) int { return n.webhooks.Queued }),
	single(gauge, "parley_webhook_waiting_bytes", "What they are reckoned with.", func(n *numbers) int { return n.webhooks.QueuedBytes }),
	single(gauge, "parley_turn_allocations", "Clients that the TURN server relays.", func(n *numbers) int { return n.allocations }),
}

func buildInfo() family {
	desc := prometheus.NewDesc("parley_build_info", "1; what runs.", []string{"version", "goversion"}, nil)
	return family{desc, func(n *numbers, to chan<- prometheus.Metric) {
		to <- prometheus.MustNewConstMetric(desc, gauge, 1, n.version, n.runtime)
	}}
}

func certificates() family {
	desc := prometheus.NewDesc("parley_tls_certificate_not_after_seconds", "When a certificate that clients are shown runs out, as Unix time.", []string{"use", "name"}, nil)
	return family{desc, func(n *numbers, to chan<- prometheus.Metric) {
		for _, c := range n.certificates {
			to <- prometheus.MustNewConstMetric(desc, gauge, float64(c.NotAfter.Unix()), c.Use, c.Name)
		}
	}}
}

func connections(n *numbers, tell func(string, float64)) {
	for name, v := range n.dialects {
		if name == "" {
			name = native
		}
		tell(name, float64(v))
	}
}

func refused(n *numbers, tell func(string, float64)) {
	for i, v := range n.actors.Refused {
		tell(string(wire.Codes[i]), float64(v))
	}
}

func resumes(n *numbers, tell func(string, float64)) {
	tell("recovered", float64(n.traffic.Recovered))
	tell("restarted", float64(n.traffic.Restarted))
}

func handover(n *numbers, tell func(string, *actors.Durations)) {
	tell("room", &n.traffic.RoomWait)
	tell("connection", &n.traffic.ConnectionWait)
}

func peaks(n *numbers, tell func(string, float64)) {
	tell("room", float64(n.traffic.RoomPeak))
	tell("connection", float64(n.traffic.ConnectionPeak))
}

func panics(n *numbers, tell func(string, float64)) {
	tell("room", float64(n.actors.Panics))
	tell("connection", float64(n.gateway.Panics))
}

func webhooks(n *numbers, tell func(string, float64)) {
	tell("sent", float64(n.webhooks.Sent))
	tell("dropped", float64(n.webhooks.Dropped))
}
