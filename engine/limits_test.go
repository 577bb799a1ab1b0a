package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// limitRow is a row of README's table of limits.
type limitRow struct{ what, setting, value, metric, test string }

func limitRows(t *testing.T) (rows []limitRow) {
	t.Helper()
	_, text, ok := strings.Cut(readme(t), "<details><summary>All limits")
	require.True(t, ok)
	text, _, _ = strings.Cut(text, "</details>")
	for _, line := range strings.Split(text, "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 6 || strings.HasPrefix(line, "| what") {
			require.False(t, strings.HasPrefix(line, "| ") && len(cells) != 6 && !strings.HasPrefix(line, "| what"), line)
			continue
		}
		rows = append(rows, limitRow{strings.TrimPrefix(cells[0], "| "), cells[1], cells[2], cells[4], strings.Trim(cells[5], "`| ")})
	}
	require.Greater(t, len(rows), 35)
	return rows
}

// amount reads "64 KiB", "10,000", "10 s" or "0: …"; false: that is no amount.
func amount(text string) (n int64, ok bool) {
	m := regexp.MustCompile(`^([0-9,]+)( (KiB|MiB|s|bytes))?(:.*)?$`).FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	switch m[3] {
	case "KiB":
		n <<= 10
	case "MiB":
		n <<= 20
	}
	return n, err == nil
}

// The table of limits says what the code does: settings and constants are there, with those values.
func TestReadmesLimitsHaveTheirValues(t *testing.T) {
	k, err := newParser(&settings{}, io.Discard, func(int) {})
	require.NoError(t, err)
	flags := map[string]*kong.Value{}
	for _, f := range k.Model.Flags {
		flags["--"+f.Name] = f.Value
	}
	constants := map[string]map[string]int64{}
	for _, row := range limitRows(t) {
		setting, times := strings.CutSuffix(row.setting, ", three times")
		setting = strings.Trim(setting, "`")
		want, isAmount := amount(row.value)
		dir, name, isConstant := strings.Cut(setting, ".")
		switch {
		case setting == "–":
			require.False(t, isAmount && want != 0, "%s: nothing sets it", row.what)
		case strings.HasPrefix(setting, "--"):
			require.Contains(t, flags, setting, row.what)
			require.True(t, isAmount, row.value)
			require.Equal(t, flags[setting].Default, fmt.Sprint(want), row.what)
		case strings.HasPrefix(name, "Options."):
			field := strings.TrimPrefix(name, "Options.")
			source, err := os.ReadFile(filepath.Join("..", dir, "options.go"))
			require.NoError(t, err)
			require.Regexp(t, `\n\t`+field+` .*; 0: `+regexp.QuoteMeta(row.value)+`\b`, string(source), row.what)
		default:
			require.True(t, isConstant && isAmount, "%s: %s, %s", row.what, setting, row.value)
			if constants[dir] == nil {
				constants[dir] = constantsOf(t, dir)
			}
			require.Contains(t, constants[dir], name, row.what)
			have := constants[dir][name]
			if times {
				have *= 3
			}
			require.Equal(t, want, have, row.what)
		}
	}
}

// Every limit is counted where the table says, by that label, and has the test that it names.
func TestReadmesLimitsAreCountedAndTested(t *testing.T) {
	r := startEngine(t, "--admin-token=an operator's token")
	req, err := http.NewRequest(http.MethodGet, r.url+"metrics", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer an operator's token")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	metrics := "\n" + string(body)
	for _, row := range limitRows(t) {
		metric := strings.Trim(row.metric, "`")
		switch {
		case metric == "–":
		case strings.HasPrefix(metric, "cluster_"): // an engine alone has none
			require.Contains(t, readme(t), "| `parley_"+metric+"` |", row.what)
		default:
			require.Contains(t, metrics, "\nparley_"+metric+" ", row.what)
		}
		dir, name, ok := strings.Cut(row.test, ".")
		require.True(t, ok, row.test)
		require.True(t, hasTest(t, dir, name), "%s: no %s in %s", row.what, name, dir)
	}
	r.signal(os.Interrupt)
	require.Equal(t, exitDrained, r.exit())
}

func hasTest(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		if strings.Contains(string(text), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

// constantsOf evaluates the whole-number constants of a package that are made of numbers alone.
func constantsOf(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	require.NoError(t, err)
	found := map[string]int64{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, e := range v.Values {
					if n, exact := constant.Int64Val(valueOf(e)); exact {
						found[v.Names[i].Name] = n
					}
				}
			}
		}
	}
	return found
}

// valueOf is an expression of whole numbers; unknown where it is something else.
func valueOf(e ast.Expr) constant.Value {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT {
			return constant.MakeFromLiteral(e.Value, e.Kind, 0)
		}
	case *ast.BinaryExpr:
		x, y := valueOf(e.X), valueOf(e.Y)
		if x.Kind() != constant.Int || y.Kind() != constant.Int {
			break
		}
		switch e.Op {
		case token.SHL:
			n, _ := constant.Uint64Val(y)
			return constant.Shift(x, token.SHL, uint(n))
		case token.ADD, token.SUB, token.MUL:
			return constant.BinaryOp(x, e.Op, y)
		}
	}
	return constant.MakeUnknown()
}
