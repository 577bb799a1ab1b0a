package measure

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/bench/internal/report"
)

// search follows the search for a server that stands rates up to a limit.
func search(from, limit float64) (good float64, tried []float64) {
	bad, rate := 0.0, from
	for range kneeDoublings + kneeBisections {
		tried = append(tried, rate)
		if rate <= limit {
			good = rate
		} else {
			bad = rate
		}
		if bad > 0 && len(tried) > 1 && bad/max(good, 1e-9) < 1.15 {
			break
		}
		rate = nextRate(good, bad)
	}
	return good, tried
}

func TestTheSearchClosesIn(t *testing.T) {
	for _, limit := range []float64{1, 15, 20, 21, 100, 12345} {
		good, tried := search(20, limit)
		require.LessOrEqual(t, good, limit)
		require.Greater(t, good*1.15, limit, "%v", tried)
	}
}

func TestLowestBroken(t *testing.T) {
	steps := []report.KneeStep{{Rate: 10, Broken: "by chance"}, {Rate: 10}, {Rate: 40, Broken: "a"}, {Rate: 20, Broken: "b"}}
	require.Equal(t, "b", lowestBroken(steps, 10).Broken)
	require.Nil(t, lowestBroken(steps[:2], 10))
}

func TestPresetsHaveNamesAndTitles(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Presets() {
		require.False(t, seen[s.Name], s.Name)
		seen[s.Name] = true
		require.NotEmpty(t, s.Title())
		require.Positive(t, s.Connections())
	}
	for _, one := range suite {
		require.True(t, seen[one.name], one.name)
	}
}
