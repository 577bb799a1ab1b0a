package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
	"github.com/parley-signaling/parley/engine/webhook"
)

// checkWebhooks returns a ConfigError for each field about webhooks that is wrong. It shows no
// secret, and no URL, which may hold one.
func (c Config) checkWebhooks() error {
	var errs []error
	for _, u := range c.WebhookURL {
		if err := webhook.CheckURL(u); err != nil {
			errs = append(errs, &ConfigError{"WebhookURL", hidden(len(u)), err.Error()})
		}
	}
	for _, s := range c.WebhookSecret {
		if _, err := webhook.ParseSecret(s); err != nil {
			errs = append(errs, &ConfigError{"WebhookSecret", hidden(len(s)), err.Error()})
		}
	}
	for _, e := range c.WebhookEvents {
		if !slices.Contains(webhook.Names, e) {
			errs = append(errs, &ConfigError{"WebhookEvents", e, "must be of " + strings.Join(webhook.Names, ", ")})
		}
	}
	if len(c.WebhookURL) > 0 && len(c.WebhookSecret) == 0 {
		errs = append(errs, &ConfigError{"WebhookURL", hidden(len(c.WebhookURL[0])), "needs WebhookSecret beside it"})
	}
	return errors.Join(errs...)
}

// openWebhooks makes what tells other programs of rooms, if any is to be told.
func (s *Server) openWebhooks() error {
	if len(s.cfg.WebhookURL) == 0 {
		return nil
	}
	h, err := webhook.New(webhook.Options{
		URLs: s.cfg.WebhookURL, Secrets: s.cfg.WebhookSecret, Events: s.cfg.WebhookEvents,
		Node: s.node.ID, Logger: s.log,
	})
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.webhooks = h
	return nil
}

// webhookObserver is nil where nobody is told.
func (s *Server) webhookObserver() actors.Observer {
	if s.webhooks == nil {
		return nil
	}
	return s.webhooks
}

// closeWebhooks sends what waits, until ctx is done. What is lost then is lost: it is logged, and
// the drain was not cut short for it.
func (s *Server) closeWebhooks(ctx context.Context) {
	if s.webhooks == nil {
		return
	}
	before := s.webhooks.Stats()
	if err := s.webhooks.Close(ctx); err != nil {
		s.log.Warn("webhooks: events are lost, the drain's time is over", "events", s.webhooks.Stats().Dropped-before.Dropped)
	}
}

// webhookCounts are zero where nobody is told.
func (s *Server) webhookCounts() webhook.Stats {
	if s.webhooks == nil {
		return webhook.Stats{}
	}
	return s.webhooks.Stats()
}

// webhookStats is nil where nobody is told.
func (s *Server) webhookStats() *api.WebhookStats {
	if s.webhooks == nil {
		return nil
	}
	n := s.webhookCounts()
	return &api.WebhookStats{Sent: n.Sent, Failed: n.Failed, Dropped: n.Dropped, Queued: n.Queued, QueuedBytes: n.QueuedBytes}
}
