package load

import (
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
)

// expecting waits for the parent to say what was published.
func (w *worker) expecting(p Phase, result *Result) func(int64) int64 {
	return func(int64) int64 {
		if w.expected == nil {
			return client.Never
		}
		w.mix.expect(w.expected)
		w.expected = nil
		w.state = w.draining(p.Drain, result)
		return w.loop.Now()
	}
}

// draining waits until everything has arrived, or nothing has for long enough.
func (w *worker) draining(patience time.Duration, result *Result) func(int64) int64 {
	received, since, next := w.loop.Stats.Received, w.loop.Now(), int64(0)
	limit := since + drainLimit*int64(patience)
	return func(now int64) int64 {
		if now < next {
			return next
		}
		next = now + int64(settlePace)
		if n := w.loop.Stats.Received; n != received {
			received, since = n, now
		}
		if !w.mix.settled() && now-since < int64(patience) && now < limit {
			return next
		}
		return w.lingering(result, now)
	}
}

// lingering waits a little more, for what should not come: doubled messages.
func (w *worker) lingering(result *Result, now int64) int64 {
	until := now + int64(afterglow)
	w.state = func(now int64) int64 {
		if now < until {
			return until
		}
		w.mix.finish()
		w.state = nil
		w.reply(Reply{Result: result})
		return client.Never
	}
	return until
}

// drainLimit bounds a drain, in times of its patience, where something still dribbles in.
const drainLimit = 10

// afterglow is for how long after the last expected message more are looked for.
const afterglow = 100 * time.Millisecond
