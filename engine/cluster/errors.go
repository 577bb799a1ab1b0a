package cluster

import (
	"errors"
	"fmt"
)

// Why a node is not let in. None of these goes away by waiting.
var (
	// ErrSecret: the cluster of this name has another secret, or has one where this node has none.
	ErrSecret = errors.New("another cluster secret")
	// ErrName: the peers of the embedded NATS belong to a cluster of another name.
	ErrName = errors.New("another cluster name")
	// ErrVersion: nodes are there that speak another version of the protocol between nodes.
	ErrVersion = errors.New("another version of the protocol between nodes")
	// ErrNATS: NATS refuses this node, or lacks what is needed (JetStream, server 2.11 or newer).
	ErrNATS = errors.New("NATS")
)

// errLost ends an incarnation: its lease is gone.
var errLost = errors.New("the lease is gone")

// OptionError is a field of Options that cannot be used. It shows no secret.
type OptionError struct {
	Field   string
	Value   any
	Problem string // what is wrong with it, with the limit
}

// Error names the field, the problem and the value.
func (e *OptionError) Error() string {
	return fmt.Sprintf("cluster: %s: %s, not %v", e.Field, e.Problem, e.Value)
}

// fatal tells whether waiting cannot help.
func fatal(err error) bool {
	return errors.Is(err, ErrSecret) || errors.Is(err, ErrName) || errors.Is(err, ErrVersion) || errors.Is(err, ErrNATS)
}
