package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/measure"
)

var groups = []kong.Group{
	{Key: "server", Title: "Servers:"},
	{Key: "load", Title: "Numbers of a scenario (default: its own):"},
	{Key: "how", Title: "How to measure:"},
}

const about = `Loads signaling servers and tells how they behave under it: latency from the time a message was meant to be sent, throughput for each CPU second, memory of a connection; and whether everything arrived once and in order.`

func help(o kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(o, ctx); err != nil {
		return err
	}
	fmt.Fprint(ctx.Stdout, "\nScenarios:\n")
	for _, s := range measure.Presets() {
		fmt.Fprintf(ctx.Stdout, "  %-10s %s\n", s.Name, s.Title())
	}
	_, err := fmt.Fprint(ctx.Stdout, `
Exit codes:
  0  everything arrived once and in order
  1  something was lost, doubled or reordered, or a measurement failed
  2  a wrong setting
`)
	return err
}

func dialects() string { return strings.Join(dialect.Names(), ", ") }

// otherCores lists all cores but the first; none where there is only one.
func otherCores() string {
	if n := runtime.NumCPU(); n > 2 {
		return fmt.Sprintf("1-%d", n-1)
	} else if n == 2 {
		return "1"
	}
	return ""
}
