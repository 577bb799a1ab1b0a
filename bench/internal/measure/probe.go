package measure

import (
	"context"
	"sync"
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/proc"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// probe watches a server over a window.
type probe struct {
	target   Target
	every    time.Duration // between samples
	from, to proc.Usage
	samples  []report.Sample
	done     sync.WaitGroup
}

// start watches until the window's end. Call wait before the fields are read.
func (p *probe) start(ctx context.Context, phase load.Phase) {
	p.done.Go(func() {
		from := phase.Start + int64(phase.WarmUp)
		to := from + int64(phase.Duration)
		if !sleepUntil(ctx, from) {
			return
		}
		p.from = proc.Look(p.target.PIDs...)
		for at := from; at < to; at += int64(p.every) {
			if !sleepUntil(ctx, at) {
				return
			}
			p.sample(at - from)
		}
		if sleepUntil(ctx, to) {
			p.to = proc.Look(p.target.PIDs...)
		}
	})
}

func (p *probe) wait() { p.done.Wait() }

func (p *probe) sample(at int64) {
	u := proc.Look(p.target.PIDs...)
	if !u.Found {
		return
	}
	p.samples = append(p.samples, report.Sample{
		At: time.Duration(at).Seconds(), RSS: u.RSS, Threads: u.Threads,
		Descriptors: proc.Descriptors(p.target.PIDs...), Goroutines: goroutines(p.target.Metrics),
	})
}

// cpu returns the server's CPU seconds within the window; 0: unknown.
func (p *probe) cpu() float64 {
	if !p.from.Found || !p.to.Found {
		return 0
	}
	return p.to.CPU - p.from.CPU
}

func sleepUntil(ctx context.Context, at int64) bool {
	t := time.NewTimer(time.Duration(at - client.Now()))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
