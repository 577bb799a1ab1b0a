// Package fleet runs load processes together, as if they were one.
package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/load"
)

// Spawner starts one load process: commands go to in, replies come from out. stop ends it
// and waits; its error tells how it went wrong.
type Spawner func(ctx context.Context) (in io.WriteCloser, out io.Reader, stop func() error, err error)

// Fleet is load processes that do the same job, each its part. It is for one goroutine.
type Fleet struct {
	workers []*worker
	// PeakCPU is the largest share of a core that one process used in the last window.
	PeakCPU float64
}

type worker struct {
	in   io.WriteCloser
	enc  *json.Encoder
	dec  *json.Decoder
	stop func() error
}

// lead is how long before a phase's start it is announced.
const lead = 100 * time.Millisecond

// Start starts a process for each job. Call End, in any case but an error.
func Start(ctx context.Context, spawn Spawner, jobs []load.Job) (*Fleet, error) {
	f := &Fleet{}
	for range jobs {
		in, out, stop, err := spawn(ctx)
		if err != nil {
			return nil, errors.Join(err, f.End())
		}
		f.workers = append(f.workers, &worker{in, json.NewEncoder(in), json.NewDecoder(out), stop})
	}
	err := f.each(func(i int, w *worker) error {
		return w.expectReady(load.Command{Job: &jobs[i]})
	})
	if err != nil {
		return nil, errors.Join(err, f.End())
	}
	return f, nil
}

// each runs f for all processes at once.
func (f *Fleet) each(do func(i int, w *worker) error) error {
	errs := make([]error, len(f.workers))
	var wg sync.WaitGroup
	for i, w := range f.workers {
		wg.Go(func() { errs[i] = do(i, w) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Grow has the i-th process open connections until it has counts[i].
func (f *Fleet) Grow(counts []int) error {
	return f.each(func(i int, w *worker) error {
		return w.expectReady(load.Command{Grow: &counts[i]})
	})
}

// Run works through a phase, which begins shortly; announce is told when. The result is that
// of all processes together.
func (f *Fleet) Run(p load.Phase, announce func(load.Phase)) (*load.Result, error) {
	p.Start = client.Now() + int64(lead)
	announce(p)
	published := map[uint32]uint32{}
	var mu sync.Mutex
	err := f.each(func(_ int, w *worker) error {
		r, err := w.ask(load.Command{Phase: &p})
		if err == nil && !r.Over {
			err = errors.New("a load process broke its protocol")
		}
		mu.Lock()
		defer mu.Unlock()
		maps.Copy(published, r.Published)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f.collect(p, published)
}

func (f *Fleet) collect(p load.Phase, published map[uint32]uint32) (*load.Result, error) {
	results := make([]*load.Result, len(f.workers))
	err := f.each(func(i int, w *worker) error {
		r, err := w.ask(load.Command{Expect: published})
		if err == nil && r.Result == nil {
			err = errors.New("a load process broke its protocol")
		}
		results[i] = r.Result
		return err
	})
	if err != nil {
		return nil, err
	}
	sum := &load.Result{Parts: map[string]*load.Part{}}
	f.PeakCPU = 0
	for _, r := range results {
		sum.Add(r)
		f.PeakCPU = max(f.PeakCPU, r.CPU/p.Duration.Seconds())
	}
	for _, part := range sum.Parts {
		part.JoinSlices()
	}
	return sum, nil
}

// End lets the processes leave and waits for them.
func (f *Fleet) End() error {
	return f.each(func(_ int, w *worker) error {
		_ = w.enc.Encode(load.Command{End: true}) // one that is gone needs no telling
		return errors.Join(w.in.Close(), w.stop())
	})
}

func (w *worker) ask(c load.Command) (load.Reply, error) {
	var r load.Reply
	if err := w.enc.Encode(c); err != nil {
		return r, fmt.Errorf("a load process is gone: %w", err)
	}
	if err := w.dec.Decode(&r); err != nil {
		return r, fmt.Errorf("a load process is gone: %w", err)
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

func (w *worker) expectReady(c load.Command) error {
	r, err := w.ask(c)
	if err == nil && !r.Ready {
		err = errors.New("a load process broke its protocol")
	}
	return err
}
