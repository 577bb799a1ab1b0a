package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/bench/internal/bare"
	"github.com/parley-signaling/parley/bench/internal/fake"
	"github.com/parley-signaling/parley/bench/internal/fleet"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/plain"
	"github.com/parley-signaling/parley/bench/internal/report"
	"github.com/parley-signaling/parley/gateway/poll"
)

// TestMain is a load process, too: that is what this program starts as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == fleet.Hidden {
		if load.Serve(os.Stdin, os.Stdout) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// quick makes any scenario short.
var quick = []string{"-duration=300ms", "-warm-up=100ms", "-drain=500ms", "-rooms=3", "-members=4", "-in-flight=3", "-bystanders=1"}

// bench runs the command and returns its exit code, its output, and the report if there is one.
func runBench(t *testing.T, args ...string) (code int, output string, r *report.Report) {
	t.Helper()
	dir := t.TempDir()
	var out bytes.Buffer
	code = run(context.Background(), append(append([]string{"-out=" + dir}, quick...), args...), &out, &out, func(int) { t.Error("exit") })
	if _, err := os.Stat(filepath.Join(dir, "report.json")); err == nil {
		r, err = report.ReadFile(filepath.Join(dir, "report.json"))
		require.NoError(t, err)
		page, err := os.ReadFile(filepath.Join(dir, "report.html"))
		require.NoError(t, err)
		require.Contains(t, string(page), "</html>")
	}
	return code, out.String(), r
}

// startPlain starts the yardstick within the test.
func startPlain(t *testing.T) (url string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	var s plain.Server
	go func() { defer close(done); _ = s.Serve(ln) }()
	t.Cleanup(func() { ln.Close(); <-done })
	return "ws://" + ln.Addr().String()
}

func figure(t *testing.T, row *report.Row, name string) float64 {
	t.Helper()
	for _, f := range row.Median() {
		if f.Name == name {
			return f.Value
		}
	}
	t.Fatalf("%s has no figure %q", row.Scenario, name)
	return 0
}

// startBare starts the other yardstick within the test.
func startBare(t *testing.T) (url string) {
	if !poll.HaveDescriptors {
		t.Skip("no bare descriptors on this system")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- bare.Serve(ctx, ln.(*net.TCPListener)) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done); ln.Close() })
	return "ws://" + ln.Addr().String()
}

func TestAgainstTheBareLoop(t *testing.T) {
	code, out, r := runBench(t, "-dialect=plain", "-url="+startBare(t), "f1k-max", "churn", "call-warm")
	require.Equal(t, exitGood, code, out)
	require.Len(t, r.Rows, 3)
	for _, row := range r.Rows {
		require.Positive(t, row.Latency().Count(), row.Scenario)
	}
}

func TestAgainstTheYardstick(t *testing.T) {
	code, out, r := runBench(t, "-dialect=plain", "-url="+startPlain(t), "-runs=2", "-processes=2", "-rate=50", "f1k", "f10-max", "call", "call-warm", "churn", "resume")
	require.Equal(t, exitGood, code, out)
	require.Len(t, r.Rows, 5, "resume is left out")
	require.Contains(t, out, "[12/12] resume, plain: left out: the dialect cannot resume")
	for _, row := range r.Rows {
		require.Len(t, row.Runs, 2)
		require.Positive(t, row.Latency().Count(), row.Scenario)
		require.Contains(t, strings.Join(row.Notes(), "\n"), "-pid", "what it uses is not known")
	}
	require.InDelta(t, 50*3*3, figure(t, r.Rows[0], "deliveries/s"), 50, "3 rooms, 3 others, 50 a second")
	require.Positive(t, figure(t, r.Rows[4], "churns/s"))
}

func TestFaultsEndInExitCode1(t *testing.T) {
	fault := func(_ *fake.Member, n int, f []byte) [][]byte {
		if n == 3 {
			return [][]byte{f, f}
		}
		return [][]byte{f}
	}
	code, out, r := runBench(t, "-dialect=plain", "-url="+fake.New(t, fault).URL(), "-rate=50", "f1k")
	require.Equal(t, exitBad, code)
	require.Contains(t, out, "FAILED: 0 lost, 9 doubled, 0 reordered")
	require.True(t, r.Bad())
	require.EqualValues(t, 9, r.Rows[0].Runs[0].Tally.Doubled, "one of each of 12 members but the 3 that publish")
}

func TestNobodyThereEndsInExitCode1(t *testing.T) {
	code, out, r := runBench(t, "-url=ws://127.0.0.1:1", "f1k")
	require.Equal(t, exitBad, code)
	require.Contains(t, out, "connection refused")
	require.Nil(t, r)
}

func TestWrongSettingsEndInExitCode2(t *testing.T) {
	code, out, _ := runBench(t, "-no-such-flag")
	require.Equal(t, exitSetting, code)
	require.Contains(t, out, "unknown flag --no-such-flag")
}

func TestCompareCommand(t *testing.T) {
	url := startPlain(t)
	names := make([]string, 2)
	for i := range names {
		_, _, r := runBench(t, "-dialect=plain", "-url="+url, "-rate=50", "f1k")
		names[i] = filepath.Join(t.TempDir(), "report.json")
		require.NoError(t, write(names[i], r.WriteJSON))
	}
	var out bytes.Buffer
	require.Equal(t, exitGood, run(context.Background(), []string{"-compare", names[0], names[1]}, &out, &out, nil))
	require.Regexp(t, `deliveries/s +\d+ +\d+ +\d\.\d\d +(tie|better|worse)`, out.String())
	require.Equal(t, exitBad, run(context.Background(), []string{"-compare", names[0], "/nowhere/x"}, &out, &out, nil))
}

// The engine is built and started, and stands every scenario in both of its codecs.
func TestTheEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the engine")
	}
	code, out, r := runBench(t, "-dialect=parley,parley-msgpack,swoole", "-rate=50", "-drop=100", "f1k", "call", "resume", "soak")
	require.Equal(t, exitGood, code, out)
	require.Len(t, r.Rows, 3*4-1, "swoole cannot resume")
	for _, row := range r.Rows {
		require.Positive(t, row.Latency().Count(), "%s, %s", row.Scenario, row.Target)
		require.Positive(t, figure(t, row, "server resident"), row.Scenario)
		if row.Scenario == "resume" {
			require.InDelta(t, 8, figure(t, row, "sockets dropped"), 0)
		}
	}
}

// Members that do not read are cut, others take their place, and nobody else misses anything.
func TestSlowReadersAreCut(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the engine")
	}
	code, out, r := runBench(t, "-rooms=2", "-payload=60000", "-rate=20", "-slow=1", "-duration=12s", "slow")
	require.Equal(t, exitGood, code, out)
	require.Positive(t, figure(t, r.Rows[0], "slow readers cut"))
	require.Positive(t, r.Rows[0].Latency().Count())
}

func TestIdle(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the yardstick")
	}
	code, out, r := runBench(t, "-url="+startPlain(t), "-dialect=plain", "-yardstick", "-rooms=50", "idle")
	require.Equal(t, exitGood, code, out)
	require.GreaterOrEqual(t, len(r.Rows), 2)
	require.Empty(t, r.Rows[0].Runs[0].Memory, "the process is not known")
	for _, row := range r.Rows[1:] {
		m := row.Runs[0].Memory
		require.Len(t, m, 6)
		require.Equal(t, 200, m[5].Connections)
		require.Greater(t, m[5].RSS, m[0].RSS)
	}
}
