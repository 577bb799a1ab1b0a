package server

import (
	"errors"
	"time"

	"github.com/parley-signaling/parley/engine/cluster"
)

// Clustering makes several servers one (package cluster), where there is either a NATS or an embedded one. The fields
// are those of cluster.Options.
type Clustering struct {
	Cluster           []string      // URLs of an external NATS; none: see ClusterEmbedded
	ClusterEmbedded   bool          // a NATS server in this process; false, and no URL: this server is alone
	ClusterListen     string        // where its peers reach it, "host:port"; "": ":6222"
	ClusterRoutes     []string      // that of all peers
	ClusterStore      string        // folder of its data; "": see cluster.Options
	ClusterNode       string        // this server's name; "": the host's
	ClusterName       string        // "": parley
	ClusterSecret     string        // 16 bytes or more; "": none
	ClusterCreds      string        // files for NATS: credentials,
	ClusterNKey       string        // an nkey's seed,
	ClusterCA         string        // whom to trust,
	ClusterCert       string        // this server's certificate
	ClusterKey        string        // and key
	ClusterLease      time.Duration // 0: 3 s; 300 ms to 1 min
	ClusterDrainAfter time.Duration // 0: 10 s; 1 s to 1 h
	ClusterQueueBytes int           // 0: 32 MiB; 1 MiB to 1 GiB
}

// clustered tells whether this server is one of several.
func (c Clustering) clustered() bool { return len(c.Cluster) > 0 || c.ClusterEmbedded }

func (c Clustering) options() cluster.Options {
	return cluster.Options{
		Name: c.ClusterName, Secret: c.ClusterSecret, Node: c.ClusterNode,
		URLs: c.Cluster, Creds: c.ClusterCreds, NKey: c.ClusterNKey, CA: c.ClusterCA, Cert: c.ClusterCert, Key: c.ClusterKey,
		Embedded: c.ClusterEmbedded, Listen: c.ClusterListen, Routes: c.ClusterRoutes, Store: c.ClusterStore,
		Lease: c.ClusterLease, DrainAfter: c.ClusterDrainAfter, QueueBytes: c.ClusterQueueBytes,
	}
}

// check returns a ConfigError for each field about the cluster that is wrong. It shows no secret.
func (c Clustering) check() error {
	if !c.clustered() {
		return nil
	}
	err := c.options().Validate()
	if err == nil {
		return nil
	}
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for i, e := range list {
		if wrong, ok := errors.AsType[*cluster.OptionError](e); ok {
			list[i] = asConfigError(wrong)
		}
	}
	return errors.Join(list...)
}

// asConfigError names the field as this package does.
func asConfigError(wrong *cluster.OptionError) *ConfigError {
	field := "Cluster" + wrong.Field
	if wrong.Field == "URLs" {
		field = "Cluster"
	}
	return &ConfigError{field, wrong.Value, wrong.Problem}
}
