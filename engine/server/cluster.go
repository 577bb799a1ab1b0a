package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anthdm/hollywood/actor"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/cluster"
)

// joinOptions makes the system one node of a cluster, where it is to be one.
func (s *Server) joinOptions(o *actors.Options) error {
	if !s.cfg.clustered() {
		return nil
	}
	options := s.cfg.Clustering.options()
	options.Logger, options.CutOff, options.Back = s.log, s.cutOff, s.backAgain
	c, err := cluster.New(options)
	if err != nil {
		return err
	}
	e, err := actor.NewEngine(actor.NewEngineConfig().WithRemote(c.Remoter()))
	if err != nil {
		return err
	}
	s.cluster, o.Cluster, o.Engine = c, c, e
	return nil
}

// enter makes the server ready, in a cluster with the first view. Where it is refused there the server ends.
func (s *Server) enter() {
	if s.cluster == nil {
		s.phase.CompareAndSwap(phaseStarting, phaseReady)
		return
	}
	go func() {
		if err := s.cluster.Start(s.life, s.system); err != nil {
			s.refused(err)
			return
		}
		s.phase.CompareAndSwap(phaseStarting, phaseReady)
		select {
		case <-s.cluster.Ended():
			if err := s.cluster.Err(); err != nil {
				s.refused(err)
			}
		case <-s.life.Done():
		}
	}()
}

// refused ends the server because the cluster will not have it. Where that is on account of a setting, the error has a ConfigError.
func (s *Server) refused(err error) {
	if s.life.Err() != nil {
		return
	}
	if wrong, ok := errors.AsType[*cluster.OptionError](err); ok {
		err = &refusedError{asConfigError(wrong), err}
	}
	s.log.Error("the cluster refuses this engine", "err", err)
	_ = s.shutdown(context.Background(), fmt.Errorf("server: %w", err))
}

// refusedError is why the cluster will not have this server, in terms of its own settings.
type refusedError struct {
	*ConfigError
	cause error
}

// Unwrap returns both.
func (e *refusedError) Unwrap() []error { return []error{e.ConfigError, e.cause} }

// leave has other nodes take over the rooms of this one, before its clients are sent away. Where that
// takes too long, the drain goes on: the others take them for lost.
func (s *Server) leave(ctx context.Context) error {
	if s.cluster == nil || s.apart.Load() || s.cluster.Stats().View == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.DrainTimeout*2/3)
	defer cancel()
	err := s.cluster.Leave(ctx)
	if err == nil {
		err = s.system.Leave(ctx)
	}
	if err != nil {
		return fmt.Errorf("rooms were not handed over: %w", err)
	}
	return nil
}

// part ends the node's part in the cluster.
func (s *Server) part(ctx context.Context) error {
	if s.cluster == nil {
		return nil
	}
	return s.cluster.Close(ctx)
}

// cutOff sends the clients to where the cluster is.
func (s *Server) cutOff() {
	s.apart.Store(true)
	for _, p := range s.ports {
		p.gateway.Dismiss(max(s.cfg.RetryAfter, time.Second))
	}
}

func (s *Server) backAgain() { s.apart.Store(false) }

// ClusterStats are the counts of this node; false where it is alone.
func (s *Server) ClusterStats() (cluster.Stats, bool) {
	if s.cluster == nil {
		return cluster.Stats{}, false
	}
	return s.cluster.Stats(), true
}
