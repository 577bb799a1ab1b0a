package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-signaling/parley/bench/internal/fleet"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/measure"
	"github.com/parley-signaling/parley/bench/internal/report"
	"github.com/parley-signaling/parley/bench/internal/server"
)

// measureAll measures everything and writes the reports, also of what was done before an
// error.
func measureAll(ctx context.Context, set *settings, stdout, stderr io.Writer) error {
	if err := os.MkdirAll(set.Out, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err) // before hours of work, not after
	}
	prefix, err := server.Pin(set.LoadCores)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	sources, err := set.sources(ctx, dir, stderr)
	if err != nil {
		return err
	}
	b := &bench{
		set: set, sources: sources, progress: newProgress(stderr),
		report: &report.Report{Time: time.Now().UTC().Truncate(time.Second), Host: hostInfo(), Command: append([]string{"bench"}, os.Args[1:]...)},
		opt: measure.Options{
			Spawn: fleet.Processes(prefix), Processes: set.Processes, PerProc: connectionLimit(),
			Presence: set.Presence, Portable: set.Portable,
		},
	}
	failed := b.all(ctx)
	return errors.Join(failed, b.finish(stdout))
}

// bench is one use of the harness.
type bench struct {
	set      *settings
	sources  []source
	progress progress
	report   *report.Report
	opt      measure.Options
}

// all measures in turn: what is to be compared is measured one right after the other.
func (b *bench) all(ctx context.Context) error {
	b.progress.total(b.set.Runs * len(b.set.scenarios) * len(b.sources))
	defer b.progress.done()
	for run := range b.set.Runs {
		for i, s := range b.set.scenarios {
			for j, src := range b.sources {
				b.opt.ID = fmt.Sprintf("%x-%d-%d-%d", time.Now().UnixNano()&0xffffff, run, i, j)
				if err := b.one(ctx, src, s); err != nil {
					return fmt.Errorf("%s, %s: %w", s.Name, src.name, err)
				}
			}
		}
	}
	return nil
}

// one measures one server in one scenario, once.
func (b *bench) one(ctx context.Context, src source, s measure.Scenario) error {
	name := s.Name + ", " + src.name
	if s.Kind == load.Resume && !src.resumes() {
		b.progress.finished(name, "left out: the dialect cannot resume")
		return nil
	}
	b.progress.begins(name)
	target, stop, err := src.start(ctx)
	if err != nil {
		return err
	}
	run, err := measure.Run(ctx, target, s, b.opt)
	err = errors.Join(err, stop())
	if run == nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	row := b.report.Row(s.Name, s.Title(), src.name)
	row.Runs = append(row.Runs, run)
	b.progress.finished(name, brief(run))
	return err
}

// brief is a run's main figures in a line.
func brief(run *report.Run) string {
	text := ""
	for _, f := range run.Figures {
		if f.Main {
			text += fmt.Sprintf("%s %s, ", f.Name, f)
		}
	}
	if run.Bad() {
		return text + "FAILED: " + run.Tally.String()
	}
	return text + "nothing lost"
}

// finish writes the reports and says how it went.
func (b *bench) finish(stdout io.Writer) error {
	if len(b.report.Rows) == 0 {
		return nil
	}
	if err := b.report.WriteTable(stdout); err != nil {
		return err
	}
	page, data := filepath.Join(b.set.Out, "report.html"), filepath.Join(b.set.Out, "report.json")
	if err := errors.Join(write(page, b.report.WriteHTML), write(data, b.report.WriteJSON)); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\nWritten: %s, %s\n", page, data)
	if b.report.Bad() {
		fmt.Fprintln(stdout, "FAILED: see above.")
		return errBad
	}
	return nil
}

func write(name string, to func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(to(f), f.Close())
}
