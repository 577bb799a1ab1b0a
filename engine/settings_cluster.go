package main

import (
	"time"

	"github.com/parley-signaling/parley/engine/server"
)

// clusterSettings are those of server.Clustering.
type clusterSettings struct {
	Cluster           []string      `group:"cluster" placeholder:"URL" help:"Join the engines that use this NATS (2.11 or newer, with JetStream): nats://host:4222 or tls://…, its servers separated by commas, with user:password@ or token@ where it asks for them. Default: none, this engine is alone"`
	ClusterEmbedded   bool          `group:"cluster" help:"Join by a NATS server in this process, which talks to those of --cluster-routes. Three or more survive the loss of one; two do not"`
	ClusterListen     string        `group:"cluster" default:":6222" placeholder:"HOST:PORT" help:"TCP address at which the embedded server's peers reach it. Default: ${default}"`
	ClusterRoutes     []string      `group:"cluster" placeholder:"HOST:PORT" help:"--cluster-listen of all engines, as this one reaches them, separated by commas; its own may be among them. Default: none"`
	ClusterStore      string        `group:"cluster" placeholder:"DIRECTORY" help:"Where the embedded server keeps its data, which must survive a restart, in a folder named after cluster and node. Default: $STATE_DIRECTORY, or the user's cache"`
	ClusterNode       string        `group:"cluster" placeholder:"NAME" help:"This engine's name: its own, and with --cluster-embedded the same at every start. Default: the host's name, and then also the port of --cluster-listen"`
	ClusterName       string        `group:"cluster" default:"parley" placeholder:"NAME" help:"The cluster's name, up to 64 letters, digits, _ and -; several may share a NATS. Default: ${default}"`
	ClusterSecret     string        `group:"cluster" placeholder:"SECRET" help:"What all engines of the cluster know, 16 bytes or more: whoever does not is refused. Needed where --cluster-listen is not of this machine alone. Better in the variable or the file than on a command line. Default: none, whom NATS lets in is trusted"`
	ClusterCreds      string        `group:"cluster" placeholder:"FILE" help:"NATS credentials (a .creds file). Default: none"`
	ClusterNKey       string        `group:"cluster" name:"cluster-nkey" placeholder:"FILE" help:"Seed of a NATS nkey. Default: none"`
	ClusterCA         string        `group:"cluster" name:"cluster-ca" placeholder:"FILE" help:"Certificates of whom to trust, PEM, for NATS and between embedded servers. Default: the system's"`
	ClusterCert       string        `group:"cluster" placeholder:"FILE" help:"This engine's certificate, PEM, for NATS and between embedded servers. Default: none"`
	ClusterKey        string        `group:"cluster" placeholder:"FILE" help:"Its key, PEM"`
	ClusterLease      time.Duration `group:"cluster" default:"3s" placeholder:"DURATION" help:"How long an engine that is not heard of counts as there, 300ms to 1m. Default: ${default}"`
	ClusterDrainAfter time.Duration `group:"cluster" default:"10s" placeholder:"DURATION" help:"An engine that is cut off from the others for this long sends its clients elsewhere, 1s to 1h. Default: ${default}"`
	ClusterQueueBytes int           `group:"cluster" default:"33554432" placeholder:"BYTES" help:"What may wait for one other engine before its link is cut, 1048576 (1 MiB) to 1073741824 (1 GiB). Default: ${default} (32 MiB)"`
}

// server is what the server calls them.
func (s *clusterSettings) server() server.Clustering {
	return server.Clustering(*s)
}

// check finds zeros that mean nothing: there, they are defaults.
func (s *clusterSettings) check(wrong func(is bool, field string, value any, problem string)) {
	wrong(s.ClusterListen == "", "ClusterListen", s.ClusterListen, `must be "host:port" or ":port"`)
	wrong(s.ClusterName == "", "ClusterName", s.ClusterName, "must be 1 to 64 of A-Z, a-z, 0-9, _ and -")
	wrong(s.ClusterLease == 0, "ClusterLease", s.ClusterLease, "must be 300ms to 1m0s")
	wrong(s.ClusterDrainAfter == 0, "ClusterDrainAfter", s.ClusterDrainAfter, "must be 1s to 1h0m0s")
	wrong(s.ClusterQueueBytes == 0, "ClusterQueueBytes", 0, "must be at least 1048576")
}
