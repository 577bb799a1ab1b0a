package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/measure"
)

func read(t *testing.T, args ...string) (*settings, error) {
	t.Helper()
	return parse(args, &bytes.Buffer{}, func(int) { t.Error("exit") })
}

func TestDefaults(t *testing.T) {
	s, err := read(t)
	require.NoError(t, err)
	require.Equal(t, measure.Suite(), s.scenarios)
	require.Equal(t, []string{"parley"}, s.Dialect)
	require.Equal(t, 1, s.Runs)
}

// The suite keeps to its two minutes: measured time, and some seconds around each scenario.
func TestTheSuiteTakesAboutTwoMinutes(t *testing.T) {
	var sum time.Duration
	kinds := map[string]bool{}
	for _, s := range measure.Suite() {
		require.NotEmpty(t, s.Kind)
		n := time.Duration(1)
		if s.Knee {
			n = 8
		}
		sum += n*(s.WarmUp+s.Duration) + time.Second
		kinds[s.Kind] = true
	}
	require.InDelta(t, 120, sum.Seconds(), 30)
	for _, kind := range []string{load.Fanout, load.Call, load.Churn, load.Idle, load.Resume, load.Soak} {
		require.True(t, kinds[kind], kind)
	}
}

func TestNumbersOverrideAScenario(t *testing.T) {
	s, err := read(t, "f10-max", "call", "-rooms=3", "--members", "5", "-payload=100", "-duration=1s", "-warm", "-drop=25", "-outstanding=0", "-rate=7.5")
	require.NoError(t, err)
	require.Len(t, s.scenarios, 2)
	f := s.scenarios[0]
	require.Equal(t, []int{3, 5, 100, 0}, []int{f.Rooms, f.Members, f.Payload, f.Outstanding})
	require.InDelta(t, 7.5, f.Rate, 0)
	require.InDelta(t, 0.25, f.Drop, 1e-9)
	require.Equal(t, time.Second, f.Duration)
	require.True(t, s.scenarios[1].Warm)
}

func TestAgainst(t *testing.T) {
	s, err := read(t, "-url=ws://127.0.0.1:1", "-pid=3", "-against=Swoole,swoole,ws://127.0.0.1:9509/,17,18", "f1k")
	require.NoError(t, err)
	require.Equal(t, []against{{"Swoole", "swoole", "ws://127.0.0.1:9509/", []int{17, 18}}}, s.against)
}

func TestPin(t *testing.T) {
	s, err := read(t, "-pin", "f1k")
	require.NoError(t, err)
	require.Equal(t, "0", s.ServerCores)
	require.Equal(t, otherCores(), s.LoadCores)
	s, err = read(t, "-pin", "-server-cores=1", "f1k")
	require.NoError(t, err)
	require.Equal(t, "1", s.ServerCores)
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for args, want := range map[string]string{
		"--membrs=5":                           `unknown flag --membrs, did you mean "--members"?`,
		"-membrs=5":                            `unknown flag --membrs, did you mean "--members"?`,
		"f2k":                                  `no scenario "f2k"; there are fanout, f1k`,
		"--dialect=smoke":                      `--dialect: no dialect "smoke"; there are parley`,
		"--dialect=plain":                      "--dialect: the engine does not speak plain",
		"--url=http://a":                       `--url: "http://a" must be ws://`,
		"--url=ws://a --engine=x":              "--engine: does not go with --url",
		"--url=ws://a --engine-arg=--x":        "--engine-arg: does not go with --url",
		"--pid=5":                              "--pid: needs --url",
		"--url=ws://a --pid=-5":                "--pid: -5 is no process id",
		"--pid=x":                              "--pid: expected",
		"--runs=0":                             "--runs: must be 1 to 1000, not 0",
		"--processes=0":                        "--processes: must be 1 to 200, not 0",
		"--members=1 f1k":                      "--members: must be 2 to 1000000, not 1",
		"--rooms=0 f1k":                        "--rooms: must be 1 to 1000000, not 0",
		"--publishers=1001 f1k":                "--publishers: must be 1 to 1000, not 1001",
		"--payload=35 f1k":                     "--payload: must be 36 to 60000, not 35",
		"--payload=60001 f1k":                  "--payload: must be 36 to 60000, not 60001",
		"--rate=0 f1k":                         "--rate: must be above 0",
		"--rate=-1 f1k":                        "--rate: must be above 0",
		"--outstanding=-1 f1k":                 "--outstanding: must be 0 to 10000, not -1",
		"--outstanding=1 knee":                 "--outstanding: the knee",
		"--outstanding=1 resume":               "--outstanding: resume is an open loop",
		"--in-flight=0 call":                   "--in-flight: must be 1 to 100000, not 0",
		"--cycles=0 soak":                      "--cycles: must be above 0",
		"--drop=101 resume":                    "--drop: must be 0 to 100, not 101",
		"--bystanders=111 resume":              "--bystanders: must be 0 to 110, not 111",
		"--slow=19 slow":                       "--slow: must be 0 to 18, not 19",
		"--slow-bytes=-1 slow":                 "--slow-bytes: must be 0 to 1073741824, not -1",
		"--slow=1 f1k":                         "--slow: is for the scenario slow, not for f1k",
		"--duration=1ms f1k":                   "--duration: must be 100ms to 24h, not 1ms",
		"--duration=5 f1k":                     "--duration: expected duration",
		"--warm-up=-1s f1k":                    "--warm-up: must be 0s to 24h",
		"--drain=0s f1k":                       "--drain: must be 100ms",
		"--knee-p99=0s knee":                   "--knee-p99: must be 1µs",
		"--against=x":                          `--against: must be NAME,DIALECT,URL[,PID…], not "x"`,
		"--against=x,smoke,ws://a":             `--against: no dialect "smoke"`,
		"--against=x,swoole,a":                 `--against: "a" must be ws://`,
		"--against=x,swoole,ws://a,y":          `--against: "y" is no process id`,
		"--compare a.json":                     "--compare: needs two report.json files, not 1",
		"--url=ws://a --server-cores=1":        "--server-cores: a server at --url is not started here",
		"--members=1 --rooms=0 f1k f1k-max --": "--members",
	} {
		t.Run(args, func(t *testing.T) {
			_, err := read(t, strings.Fields(args)...)
			require.ErrorContains(t, err, want)
			require.Equal(t, 1, strings.Count(err.Error(), want), "said once")
		})
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	require.PanicsWithValue(t, "exit", func() {
		_, _ = parse([]string{"--help"}, &out, func(int) { panic("exit") })
	})
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range append(append(measure.Names(), dialect.Names()...), "--url", "--compare", "--knee-p99", "Exit codes") {
		require.Contains(t, text, want)
	}
}
