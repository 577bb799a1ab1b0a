// Command bench loads signaling servers and tells how they behave under it.
//
// Without arguments it builds and starts an engine in a process of its own, runs a suite of
// about two minutes, prints a table and writes report.html and report.json. README.md says
// what the scenarios do and what the figures mean; --help lists the settings.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/parley-signaling/parley/bench/internal/fleet"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// Exit codes.
const (
	exitGood    = 0
	exitBad     = 1 // something was lost, doubled or reordered, or a measurement failed
	exitSetting = 2 // a wrong setting; nothing was started
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == fleet.Hidden {
		if load.Serve(os.Stdin, os.Stdout) != nil {
			os.Exit(exitBad) // the parent was told why
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Exit)
	stop()
	os.Exit(code)
}

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, exit func(int)) int {
	set, err := parse(args, stdout, exit)
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(stderr, "bench:", strings.TrimSpace(line))
		}
		fmt.Fprintln(stderr, "bench: see --help")
		return exitSetting
	}
	if set.Compare {
		err = compare(stdout, set.Args[0], set.Args[1])
	} else {
		err = measureAll(ctx, set, stdout, stderr)
	}
	switch {
	case errors.Is(err, errBad):
		return exitBad
	case err != nil:
		fmt.Fprintln(stderr, "bench:", err)
		return exitBad
	}
	return exitGood
}

// errBad says that the report tells what went wrong.
var errBad = errors.New("something went wrong")

func compare(w io.Writer, first, second string) error {
	a, err := report.ReadFile(first)
	if err != nil {
		return err
	}
	b, err := report.ReadFile(second)
	if err != nil {
		return err
	}
	return report.WriteComparison(w, a, b)
}
