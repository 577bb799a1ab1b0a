package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/bench/internal/tally"
)

// example returns a report with everything in it.
func example(scale float64) *Report {
	r := &Report{Time: time.Unix(1_800_000_000, 0).UTC(), Host: Host{OS: "linux", Arch: "amd64", Cores: 2, Go: "go1"}, Command: []string{"bench"}}
	for _, target := range []string{"parley", "plain <Go>"} {
		row := r.Row("f1k", "1 × 1000 members", target)
		for i := range 3 {
			row.Runs = append(row.Runs, exampleRun(scale, i))
		}
	}
	return r
}

func exampleRun(scale float64, i int) *Run {
	run := &Run{
		Figures: []Figure{
			{Name: "deliveries/s", Unit: PerSecond, Value: scale * float64(1000+i), Better: 1, Main: true},
			{Name: "p99", Unit: Seconds, Value: scale * 0.010, Better: -1},
			{Name: "harness CPU", Unit: Share, Value: 0.5},
		},
		Duration: time.Second, Step: 250 * time.Millisecond, Unit: "deliveries", Series: []uint64{5, 6, 7},
		Memory:   []Memory{{0, 1 << 20}, {1000, 2 << 20}},
		Samples:  []Sample{{At: 1, RSS: 5}},
		Knee:     []KneeStep{{Rate: 20, P99: time.Millisecond}, {Rate: 40, P99: time.Second, Broken: "p99 1 s"}},
		Warnings: []string{"a note"},
	}
	for n := range 1000 {
		run.Latency.Record(int64(n) * 1000)
	}
	return run
}

func TestJSONRoundTrip(t *testing.T) {
	want := example(1)
	want.Rows[0].Runs[0].Tally = tally.Tally{Lost: 1, Examples: []string{"one"}}
	name := filepath.Join(t.TempDir(), "report.json")
	var b bytes.Buffer
	require.NoError(t, want.WriteJSON(&b))
	require.NoError(t, os.WriteFile(name, b.Bytes(), 0o600))
	got, err := ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, want.Rows[0].Latency().At(99), got.Rows[0].Latency().At(99))
	require.EqualValues(t, 3000, got.Rows[0].Latency().Count())
	var again bytes.Buffer
	require.NoError(t, got.WriteJSON(&again))
	require.Equal(t, b.String(), again.String())
	require.True(t, got.Bad())
}

func TestReadFileRefusesOthers(t *testing.T) {
	for text, want := range map[string]string{"{": "unexpected end", "{}": "format 0, not 1", `{"format":2}`: "format 2, not 1"} {
		name := filepath.Join(t.TempDir(), "x.json")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		_, err := ReadFile(name)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, name)
	}
	_, err := ReadFile(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestMedian(t *testing.T) {
	row := &Row{}
	for _, v := range []float64{5, 1, 100} {
		row.Runs = append(row.Runs, &Run{Figures: []Figure{{Name: "a", Value: v}}})
	}
	require.Equal(t, []Figure{{Name: "a", Value: 5}}, row.Median())
	lowest, highest := row.Spread("a")
	require.Equal(t, []float64{1, 100}, []float64{lowest, highest})
	row.Runs = append(row.Runs, &Run{Figures: []Figure{{Name: "a", Value: 7}, {Name: "b", Value: 3}}})
	require.Equal(t, []Figure{{Name: "a", Value: 6}, {Name: "b", Value: 3}}, row.Median())
}

func TestCompare(t *testing.T) {
	a, b := example(1), example(2)
	b.Row("only here", "", "parley").Runs = []*Run{exampleRun(1, 0)}
	ratios := Compare(a, b)
	require.Len(t, ratios, 2*3)
	require.InDelta(t, 2, ratios[0].Ratio, 1e-9)
	require.Equal(t, []string{"better", "worse", ""}, []string{ratios[0].Verdict, ratios[1].Verdict, ratios[2].Verdict})
	require.Equal(t, "tie", Compare(a, example(1.1))[0].Verdict)
	var out strings.Builder
	require.NoError(t, WriteComparison(&out, a, b))
	require.Regexp(t, `deliveries/s +1001 +2002 +2\.00 +better`, out.String())
	require.Regexp(t, `p99 +10\.0 ms +20\.0 ms +2\.00 +worse`, out.String())
	out.Reset()
	require.NoError(t, WriteComparison(&out, a, &Report{}))
	require.Contains(t, out.String(), "no scenario")
}

func TestTable(t *testing.T) {
	r := example(1)
	r.Rows[1].Runs[0].Tally.Lost = 7
	r.Rows[1].Runs[0].Failed = 2
	var out strings.Builder
	require.NoError(t, r.WriteTable(&out))
	require.Regexp(t, `(?m)^ +parley +plain <Go>$`, out.String())
	require.Regexp(t, `deliveries/s +1001 +1001`, out.String())
	require.Regexp(t, `reordered +none +7, 0, 0`, out.String())
	require.Contains(t, out.String(), "plain <Go>: FAILED: 7 lost, 0 doubled")
	require.Equal(t, 1, strings.Count(out.String(), "parley: note: a note"))
}

func TestPage(t *testing.T) {
	var out strings.Builder
	require.NoError(t, example(1).WriteHTML(&out))
	text := out.String()
	for _, want := range []string{
		"plain &lt;Go&gt;", "Latency by percentile", "Deliveries a second", "Resident memory over connections", "p99 over the rate",
		"prefers-color-scheme: dark", "Everything arrived exactly once",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "<script", "nothing runs")
	require.NotRegexp(t, regexp.MustCompile(`(src|href)="?(https?:)?//`), text, "nothing is fetched")
	require.NotContains(t, text, "NaN")
	require.NotContains(t, text, "Inf")
	bad := example(1)
	bad.Rows[0].Runs[2].Tally.Doubled = 1
	out.Reset()
	require.NoError(t, bad.WriteHTML(&out))
	require.Contains(t, out.String(), "Something was lost")
}

// A run that saw nothing must not break the page.
func TestEmptyPage(t *testing.T) {
	r := &Report{Rows: []*Row{{Scenario: "f1k", Target: "parley", Runs: []*Run{{}}}}}
	var out strings.Builder
	require.NoError(t, r.WriteHTML(&out))
	require.NotContains(t, out.String(), "NaN")
}

func TestShort(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.5: "0.50", 12.34: "12.3", 123.4: "123", 9994: "9994", 12345: "12.3 k", 999_600: "1.00 M", 1_690_000: "1.69 M", -5: "-5",
	} {
		require.Equal(t, want, Short(v), fmt.Sprint(v))
	}
	for v, want := range map[time.Duration]string{
		0: "0 µs", 400 * time.Microsecond: "400 µs", 1540 * time.Microsecond: "1.54 ms", 97 * time.Millisecond: "97.0 ms", 1220 * time.Millisecond: "1.22 s", time.Minute: "60.0 s",
	} {
		require.Equal(t, want, Duration(v))
	}
}
