package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/proc"
)

// Command is what a parent says: exactly one field is set. In order: Job; Grow and Phase as
// often as it likes, each answered before the next; End, or the end of the input.
type Command struct {
	Job    *Job              `json:"job,omitempty"`
	Grow   *int              `json:"grow,omitempty"`  // connections of this process in all
	Phase  *Phase            `json:"phase,omitempty"` // answered by Published
	Expect map[uint32]uint32 `json:"expect"`          // what all processes published; answered by Result
	End    bool              `json:"end,omitempty"`
}

// Reply is what a process answers: exactly one field is set.
type Reply struct {
	Ready     bool              `json:"ready,omitempty"` // to Job and Grow
	Published map[uint32]uint32 `json:"published,omitempty"`
	Over      bool              `json:"over,omitempty"` // with Published, which may be empty
	Result    *Result           `json:"result,omitempty"`
	Error     string            `json:"error,omitempty"` // the process gives up
}

// Timing of a process.
const (
	patience   = 30 * time.Second       // without any new connection while growing
	overPause  = 20 * time.Millisecond  // between looks whether a phase is over
	closePause = 500 * time.Millisecond // for closes to be answered
	settlePace = 50 * time.Millisecond  // between looks whether all has arrived
	// settle is what a server without answers gets to carry out the last joins.
	settle = 200 * time.Millisecond
)

// worker is a process's side of the conversation.
type worker struct {
	// Static after construction
	out *json.Encoder

	// Owned by the loop's goroutine
	loop    *client.Loop
	job     Job
	mix     mix
	answers bool                  // the dialect's joins are answered
	state   func(now int64) int64 // what is being waited for; nil: the next command

	expected map[uint32]uint32 // the last Command.Expect, until it is used
	err      error
}

// Serve runs a load process: commands from in, replies to out, JSON one after the other. It
// returns after End, or when in ends.
func Serve(in io.Reader, out io.Writer) error {
	w := &worker{out: json.NewEncoder(out)}
	dec := json.NewDecoder(in)
	var first Command
	if err := dec.Decode(&first); err != nil || first.Job == nil {
		return w.giveUp(fmt.Errorf("the first command is no job: %w", err))
	}
	if err := w.init(*first.Job); err != nil {
		return w.giveUp(err)
	}
	go w.listen(dec)
	w.reply(Reply{Ready: true})
	err := errors.Join(w.loop.Run(w.tick), w.err)
	if err != nil {
		w.giveUp(err)
	}
	return errors.Join(err, w.loop.Close())
}

func (w *worker) giveUp(err error) error {
	w.reply(Reply{Error: err.Error()})
	return err
}

// reply cannot be answered if it fails: the parent is gone then, and the input ends too.
func (w *worker) reply(r Reply) { _ = w.out.Encode(r) }

func (w *worker) init(job Job) error {
	u, err := client.ParseURLs(job.URL)
	if err != nil {
		return err
	}
	d, err := dialect.Find(job.Dialect)
	if err != nil {
		return err
	}
	target := &client.Target{URL: u[0], More: u[1:], Subprotocol: d.Subprotocol(), Binary: d.Binary(), Insecure: job.Insecure}
	if err := target.Prepare(); err != nil {
		return err
	}
	w.loop, err = client.New(target, target.Sources(job.Worker), job.Portable)
	w.job, w.answers = job, d.Answers()
	w.mix = newMix(&env{job: job, loop: w.loop, dialect: d})
	return err
}

// listen hands commands to the loop.
func (w *worker) listen(dec *json.Decoder) {
	for {
		var c Command
		err := dec.Decode(&c)
		if err != nil {
			c = Command{End: true}
		}
		w.loop.Post(func() { w.obey(c) })
		if c.End {
			return
		}
	}
}

func (w *worker) obey(c Command) {
	switch {
	case c.Grow != nil:
		w.mix.grow(*c.Grow)
		w.state = w.growing()
	case c.Phase != nil:
		w.state = w.measuring(*c.Phase)
	case c.Expect != nil:
		w.expected = c.Expect
	case c.End:
		w.mix.close()
		until := w.loop.Now() + int64(closePause)
		w.state = func(now int64) int64 {
			if now >= until || w.loop.Len() == 0 {
				w.loop.Stop()
			}
			return min(until, now+int64(overPause))
		}
	}
}

func (w *worker) tick(now int64) int64 {
	next := w.mix.tick(now)
	if w.state == nil {
		return next
	}
	return min(next, w.state(now))
}

// growing waits for the connections.
func (w *worker) growing() func(int64) int64 {
	opened, since, settling := w.loop.Stats.Opened, w.loop.Now(), int64(0)
	return func(now int64) int64 {
		done, err := w.mix.grown()
		if n := w.loop.Stats.Opened; n > opened {
			opened, since = n, now
		}
		switch {
		case err == nil && !done && now-since > int64(patience):
			err = fmt.Errorf("no new connection in %s", patience)
			fallthrough
		case err != nil:
			w.err = err
			w.loop.Stop()
			return now
		case !done:
			return now + int64(overPause)
		case settling == 0 && !w.answers:
			settling = now + int64(settle)
		}
		if now < settling {
			return settling
		}
		w.state = nil
		w.reply(Reply{Ready: true})
		return client.Never
	}
}

// usage is what the process has used and done at one moment.
type usage struct {
	net client.Stats
	cpu float64
}

func (w *worker) usage() usage { return usage{w.loop.Stats, proc.OwnCPU()} }

// measuring works through a phase: the window, then until nothing new is begun.
func (w *worker) measuring(p Phase) func(int64) int64 {
	parts, win := w.mix.begin(p), windowOf(p)
	var from, to *usage
	look := func(u **usage) {
		now := w.usage()
		*u = &now
	}
	return func(now int64) int64 {
		if now < win.from {
			return win.from
		}
		if from == nil {
			look(&from)
		}
		if now < win.to {
			return win.to
		}
		if to == nil {
			look(&to)
		}
		if !w.mix.over(now) {
			return now + int64(overPause)
		}
		w.state = nil
		w.reply(Reply{Over: true, Published: w.mix.published()})
		result := &Result{Parts: parts, Net: to.net.Sub(from.net), CPU: to.cpu - from.cpu}
		w.state = w.expecting(p, result)
		return now
	}
}
