package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parley-signaling/parley/bench/internal/measure"
)

// settings are the flags. The numbers of a scenario are nil where its own count.
type settings struct {
	Args []string `arg:"" optional:"" name:"scenario" help:"What to measure: ${scenarios}. None: a suite of most of them, about two minutes. With --compare: two report.json files"`

	URL      string   `group:"server" name:"url" placeholder:"ws://HOST:PORT[/PATH]" help:"Load a running server, or the nodes of a cluster, separated by commas: connections go to all in turn. Default: an engine is built and started"`
	Dialect  []string `group:"server" default:"parley" placeholder:"NAME" help:"What to speak: ${dialects}; several, separated by commas, are measured in turn. Default: ${default}"`
	PID      []int    `group:"server" name:"pid" placeholder:"PID" help:"The processes of the server at --url, for its CPU time and memory"`
	Metrics  string   `group:"server" placeholder:"URL" help:"Prometheus metrics of the server, for its number of goroutines"`
	Insecure bool     `group:"server" help:"Accept any certificate of a wss server"`

	Engine     string   `group:"server" placeholder:"FILE" help:"An engine that is built already"`
	EngineArgs []string `group:"server" name:"engine-arg" sep:"none" placeholder:"ARG" help:"A flag for the engine, such as --engine-arg=--shards=2; may be repeated"`
	Yardstick  bool     `group:"server" help:"Measure two relays that do nothing else too, in turn: a goroutine per connection, and one event loop over bare descriptors"`
	Against    []string `group:"server" sep:"none" placeholder:"NAME,DIALECT,URL[,PID…]" help:"Measure another running server too, in turn; may be repeated"`

	Pin         bool   `group:"server" help:"Server on core 0, load on the others: short for --server-cores=0 --load-cores=1-…"`
	ServerCores string `group:"server" placeholder:"LIST" help:"Cores of the server that is started, as taskset takes them"`
	LoadCores   string `group:"server" placeholder:"LIST" help:"Cores of the load processes"`

	Rooms       *int           `group:"load" placeholder:"N" help:"Rooms"`
	Members     *int           `group:"load" placeholder:"N" help:"Members of each room"`
	Publishers  *int           `group:"load" placeholder:"N" help:"Members of each room that publish"`
	Payload     *int           `group:"load" placeholder:"BYTES" help:"Size of a message's data, as JSON; 36 to 60000"`
	Rate        *float64       `group:"load" placeholder:"N" help:"Messages a second and room, sent at their times whatever the server does (open loop)"`
	Outstanding *int           `group:"load" placeholder:"N" help:"Messages under way of each publisher, as fast as they go (closed loop); 0: open loop"`
	InFlight    *int           `group:"load" placeholder:"N" help:"Calls or churns under way"`
	Cycles      *float64       `group:"load" placeholder:"N" help:"Calls or churns begun a second (open loop); 0: as fast as they go"`
	Warm        *bool          `group:"load" help:"Calls reuse their connections"`
	Drop        *float64       `group:"load" placeholder:"PERCENT" help:"Sockets dropped each second; 100: all at once, once"`
	Bystanders  *int           `group:"load" placeholder:"N" help:"Rooms whose sockets are not dropped, or (slow) that have no slow members"`
	Slow        *int           `group:"load" placeholder:"N" help:"Members of each room that read slowly; the others are measured"`
	SlowBytes   *int           `group:"load" placeholder:"BYTES" help:"What each of those reads a second; 0: nothing"`
	Knee        *bool          `group:"load" help:"Look for the largest rate that holds, from --rate on"`
	KneeP99     *time.Duration `group:"load" name:"knee-p99" placeholder:"DURATION" help:"p99 that counts as holding"`
	WarmUp      *time.Duration `group:"load" placeholder:"DURATION" help:"Load before the measurement"`
	Duration    *time.Duration `group:"load" placeholder:"DURATION" help:"Length of the measurement"`
	Drain       *time.Duration `group:"load" placeholder:"DURATION" help:"Silence after which what is missing is lost"`

	Runs      int    `group:"how" default:"1" placeholder:"N" help:"Repeat everything, and report medians. Default: ${default}"`
	Processes int    `group:"how" default:"1" placeholder:"N" help:"Load processes, at least; more are started where descriptors demand it. Default: ${default}"`
	Presence  bool   `group:"how" help:"Members are listed, and told of each other's coming and going"`
	Portable  bool   `group:"how" help:"Load without epoll, as on systems that have none"`
	Out       string `group:"how" default:"." placeholder:"DIR" help:"Where report.html and report.json go. Default: ${default}"`
	Compare   bool   `group:"how" help:"Print the ratios of the second report.json to the first"`

	scenarios []measure.Scenario
	against   []against
}

// parse reads the flags. --help prints to stdout and calls exit. The error names the setting.
func parse(args []string, stdout io.Writer, exit func(int)) (*settings, error) {
	set := &settings{}
	k, err := kong.New(set,
		kong.Name("bench"), kong.Description(about), kong.ExplicitGroups(groups), kong.Help(help),
		kong.Vars{"scenarios": strings.Join(measure.Names(), ", "), "dialects": dialects()},
		kong.Writers(stdout, stdout), kong.Exit(exit),
	)
	if err != nil {
		return nil, err
	}
	if _, err := k.Parse(doubleDashes(args)); err != nil {
		return nil, err
	}
	if set.Compare {
		return set, set.checkCompare()
	}
	set.pick()
	return set, errors.Join(set.resolve(), set.check())
}

// doubleDashes lets long flags begin with one dash, as Go's own do. There are no short ones.
func doubleDashes(args []string) []string {
	list := append([]string{}, args...)
	for i, a := range list {
		if a == "--" {
			break
		}
		if len(a) > 2 && a[0] == '-' && a[1] >= 'a' && a[1] <= 'z' {
			list[i] = "-" + a
		}
	}
	return list
}

func (s *settings) checkCompare() error {
	if len(s.Args) != 2 {
		return fmt.Errorf("--compare: needs two report.json files, not %d", len(s.Args))
	}
	return nil
}

// pick splits --pin into the two settings that it stands for.
func (s *settings) pick() {
	if s.Pin && s.ServerCores == "" {
		s.ServerCores = "0"
	}
	if s.Pin && s.LoadCores == "" {
		s.LoadCores = otherCores()
	}
}

// resolve makes scenarios of names and numbers.
func (s *settings) resolve() error {
	s.scenarios = measure.Suite()
	if len(s.Args) > 0 {
		s.scenarios = nil
	}
	var errs []error
	for _, name := range s.Args {
		one, err := measure.Preset(name)
		errs = append(errs, err)
		s.scenarios = append(s.scenarios, one)
	}
	for i := range s.scenarios {
		s.override(&s.scenarios[i])
	}
	for _, text := range s.Against {
		a, err := parseAgainst(text)
		errs = append(errs, err)
		s.against = append(s.against, a)
	}
	return errors.Join(errs...)
}

// override puts the numbers that were given in place of the scenario's own.
func (s *settings) override(m *measure.Scenario) {
	set(&m.Rooms, s.Rooms)
	set(&m.Members, s.Members)
	set(&m.Publishers, s.Publishers)
	set(&m.Payload, s.Payload)
	set(&m.Rate, s.Rate)
	set(&m.Outstanding, s.Outstanding)
	set(&m.InFlight, s.InFlight)
	set(&m.Cycles, s.Cycles)
	set(&m.Warm, s.Warm)
	set(&m.Bystanders, s.Bystanders)
	set(&m.Slow, s.Slow)
	set(&m.SlowBytes, s.SlowBytes)
	set(&m.Knee, s.Knee)
	set(&m.KneeP99, s.KneeP99)
	set(&m.WarmUp, s.WarmUp)
	set(&m.Duration, s.Duration)
	set(&m.Drain, s.Drain)
	if s.Drop != nil {
		m.Drop = *s.Drop / 100
	}
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
