package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Bounds of one attempt.
const (
	attemptTime = 10 * time.Second
	replyTime   = time.Second // for the rest of an answer, once its status is there
	maxReply    = 16 << 10    // bytes of an answer that are read, so that the connection can be used again
)

// deliver sends an event until it is taken, and is false where it is given up.
func (e *endpoint) deliver(ev *event) (taken bool) {
	// Full jitter: with a factor of 1 a pause is anything from nothing to twice its mean.
	pauses := backoff.ExponentialBackOff{
		InitialInterval: firstPause, RandomizationFactor: 1, Multiplier: 2, MaxInterval: lastPause,
	}
	for began := time.Now(); ; {
		if e.ctx.Err() != nil {
			return false
		}
		o := e.attempt(ev)
		e.attempted(o.problem)
		if o.problem == "" || o.final {
			return o.problem == ""
		}
		pause := max(pauses.NextBackOff(), min(o.retryAfter, maxPause))
		if time.Since(began)+pause > giveUp || !e.pause(pause) {
			return false
		}
	}
}

// pause waits; once the hub is closing, only a little. It is false where there is no more to be
// sent.
func (e *endpoint) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	closing := e.closing
	for {
		select {
		case <-t.C:
			return true
		case <-closing:
			closing = nil
			t.Reset(min(d, rand.N(hurried)))
		case <-e.ctx.Done():
			return false
		}
	}
}

// outcome is what became of an attempt.
type outcome struct {
	problem    string        // "": it was taken
	final      bool          // it never will be
	retryAfter time.Duration // that the receiver asks for
}

// attempt sends an event once.
func (e *endpoint) attempt(ev *event) outcome {
	body, err := ev.body(e.node, e.missing())
	if err != nil {
		return outcome{problem: err.Error(), final: true}
	}
	ctx, cancel := context.WithTimeout(e.ctx, attemptTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return outcome{problem: bare(err), final: true}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Parley")
	sign(r.Header, e.keys, eventID(e.node, ev.sequence), time.Now(), body)
	res, err := e.client.Do(r)
	if err != nil {
		return outcome{problem: bare(err)}
	}
	defer res.Body.Close()
	defer time.AfterFunc(replyTime, cancel).Stop()
	_, _ = io.CopyN(io.Discard, res.Body, maxReply)
	return judge(res)
}

// bare is an error without its URL, which may hold a secret.
func bare(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

func judge(res *http.Response) (o outcome) {
	switch s := res.StatusCode; {
	case s >= 200 && s < 300:
		return outcome{}
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s >= 500:
	default:
		o.final = true
	}
	o.problem = res.Status
	o.retryAfter = min(retryAfter(res.Header.Get("Retry-After"), time.Now()), maxPause)
	return o
}

// retryAfter is what a receiver asks for (RFC 9110, section 10.2.3): seconds, or a date.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
