package metrics_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dashboard is what a test needs to know of Grafana's format.
type dashboard struct {
	Panels []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ H, W, X, Y int }
		Targets []struct{ Expr string }
	}
	Templating struct{ List []struct{ Definition string } }
}

func grafana(t *testing.T) (d dashboard) {
	t.Helper()
	text, err := os.ReadFile("grafana.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &d))
	require.NotEmpty(t, d.Panels)
	return d
}

// series are the names that a query may use, with the labels that each has.
func series(t *testing.T) map[string][]string {
	t.Helper()
	all, err := registry(t).Gather()
	require.NoError(t, err)
	found := map[string][]string{}
	for _, f := range all {
		labels := []string{"instance"} // Prometheus adds it
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		found[f.GetName()] = labels
		found[f.GetName()+"_sum"], found[f.GetName()+"_count"] = labels, labels
		found[f.GetName()+"_bucket"] = append(labels, "le")
	}
	return found
}

var (
	selector = regexp.MustCompile(`([a-z][a-z0-9_]*)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`([a-z_]+)=~?"`)
	grouping = regexp.MustCompile(`by \(([a-z_, ]+)\)`)
	anyName  = regexp.MustCompile(`\b(?:parley|go|process)_[a-z0-9_]+`)
)

func TestGrafanasQueriesNameWhatIsThere(t *testing.T) {
	have := series(t)
	used := map[string]bool{}
	queries := 0
	d := grafana(t)
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			queries++
			expr := target.Expr
			require.Equal(t, strings.Count(expr, "("), strings.Count(expr, ")"), expr)
			named := selector.FindAllStringSubmatch(expr, -1)
			require.NotEmpty(t, named, expr)
			require.Len(t, anyName.FindAllString(expr, -1), len(named), "each metric has a selector: %s", expr)
			var labels []string
			for _, m := range named {
				require.Contains(t, have, m[1], "%s: %s", p.Title, expr)
				used[m[1]] = true
				labels = have[m[1]]
				for _, l := range matcher.FindAllStringSubmatch(m[2], -1) {
					require.Contains(t, labels, l[1], expr)
				}
			}
			for _, by := range grouping.FindAllStringSubmatch(expr, -1) {
				for l := range strings.SplitSeq(by[1], ", ") {
					require.Contains(t, labels, l, expr)
				}
			}
		}
	}
	require.Greater(t, queries, 30)
	for name := range own(t, registry(t)) {
		require.True(t, used[name] || used[name+"_bucket"], "%s is on no panel", name)
	}
	require.Contains(t, d.Templating.List[1].Definition, "parley_build_info, instance")
}

func TestGrafanasPanelsDoNotOverlap(t *testing.T) {
	taken := map[[2]int]string{}
	ids := map[int]bool{}
	for _, p := range grafana(t).Panels {
		require.False(t, ids[p.ID], p.Title)
		ids[p.ID] = true
		g := p.GridPos
		require.LessOrEqual(t, g.X+g.W, 24, p.Title)
		for x := range g.W {
			for y := range g.H {
				at := [2]int{g.X + x, g.Y + y}
				require.Empty(t, taken[at], "%s", p.Title)
				taken[at] = p.Title
			}
		}
	}
}
