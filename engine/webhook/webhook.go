// Package webhook tells other programs, by HTTP, what becomes of rooms and of their members.
//
// Every event is a POST of its own, signed as Standard Webhooks has it
// (https://www.standardwebhooks.com, 1.0.0): headers webhook-id, webhook-timestamp and
// webhook-signature, and a body as [Body].
//
// Of one room, the events arrive in order: the next one is sent when the one before was taken
// (2xx) or given up. An event that was not taken is sent again, with the same id, after a random
// part of a time that doubles; so a receiver may get one twice. It is given up where the receiver
// refuses it (3xx, and 4xx but for 408, 425 and 429), or has not taken it for ten minutes.
//
// Rooms never wait for it. Up to 10,000 events and 8 MiB wait for each receiver; beyond, what is
// new is dropped, and whatever goes through next says so (Body.Missing).
package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/parley-signaling/parley/actors"
)

// Bounds of what waits for one receiver.
const (
	MaxEvents = 10_000
	MaxBytes  = 8 << 20
)

// Options configure a Hub.
type Options struct {
	URLs    []string // of receivers, http or https
	Secrets []string // see [ParseSecret]; each signs, so that a new one can be told before the old one goes
	Events  []string // what is told, of Names; none: Defaults
	Node    string   // this process's id: letters and digits

	MaxEvents int               // that wait for one receiver; 0: MaxEvents
	MaxBytes  int               // of them; 0: MaxBytes
	Transport http.RoundTripper // nil: one of its own
	Logger    *slog.Logger      // nil: slog.Default()
}

// Hub hands events to receivers. It is an [actors.Observer], and is ended by Close.
type Hub struct {
	// Static after construction.
	wanted    uint32 // a bit for each kind
	node      string
	endpoints []*endpoint

	sequence atomic.Uint64
}

var _ actors.Observer = (*Hub)(nil)

// New makes a Hub. The error names the option that is wrong, and shows no secret.
func New(o Options) (*Hub, error) {
	h := &Hub{node: o.Node}
	wanted, err := kindsOf(o.Events)
	if err != nil {
		return nil, err
	}
	h.wanted = wanted
	keys, err := parseSecrets(o.Secrets)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("webhook: Secrets: none")
	}
	o.MaxEvents, o.MaxBytes = cmp.Or(o.MaxEvents, MaxEvents), cmp.Or(o.MaxBytes, MaxBytes)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	for _, u := range o.URLs {
		if err := CheckURL(u); err != nil {
			return nil, fmt.Errorf("webhook: URLs: %w", err)
		}
		h.endpoints = append(h.endpoints, newEndpoint(u, keys, o))
	}
	return h, nil
}

// CheckURL refuses what is no URL of a receiver.
func CheckURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" {
		return errors.New("must be an http or https URL")
	}
	return nil
}

// Observe implements actors.Observer: it queues, and does not wait.
func (h *Hub) Observe(n actors.Notice) {
	if h.wanted&(1<<n.Kind) == 0 {
		return
	}
	e := event{Notice: n, sequence: h.sequence.Add(1)}
	for _, to := range h.endpoints {
		to.offer(e)
	}
}

// eventID is the same for every receiver and every attempt.
func eventID(node string, sequence uint64) string {
	return "evt_" + node + "_" + strconv.FormatUint(sequence, 10)
}

// Stats counts since New, over all receivers; Queued and QueuedBytes are now.
type Stats struct {
	Sent    uint64 // events that were taken
	Failed  uint64 // attempts that were not
	Dropped uint64 // events that were given up, or for which there was no space

	Queued      int // events that wait, or are being sent
	QueuedBytes int // of them
}

// Stats returns the counts of this moment.
func (h *Hub) Stats() (s Stats) {
	for _, e := range h.endpoints {
		e.count(&s)
	}
	return s
}

// Close takes no more events, and sends those that wait until ctx is done: pauses between
// attempts are short from now on. What is left then is dropped, and the error is ctx's.
func (h *Hub) Close(ctx context.Context) error {
	for _, e := range h.endpoints {
		e.hurry()
	}
	var err error
	for _, e := range h.endpoints {
		select {
		case <-e.idle():
		case <-ctx.Done():
			err = ctx.Err()
		}
		e.end()
	}
	return err
}

// pauses between attempts.
const (
	firstPause = 250 * time.Millisecond // the mean of the first
	lastPause  = 15 * time.Second       // the mean of the longest
	maxPause   = time.Minute            // that a receiver may ask for
	hurried    = 250 * time.Millisecond // at most, once the hub is closing
	giveUp     = 10 * time.Minute       // after the first attempt
)
