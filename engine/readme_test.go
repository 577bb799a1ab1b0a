package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	return string(text)
}

func TestReadmeListsEverySetting(t *testing.T) {
	text := readme(t)
	k, err := newParser(&settings{}, io.Discard, func(int) {})
	require.NoError(t, err)
	for _, f := range k.Model.Flags {
		if f.Name == "help" || f.Name == "version" {
			continue
		}
		require.Len(t, f.Envs, 1, f.Name)
		row := "| `--" + f.Name + "` | `" + f.Envs[0] + "` |"
		if f.HasDefault {
			row += " `" + f.Default + "` |"
		}
		require.Contains(t, text, row)
	}
}

func TestReadmesSnippetCompiles(t *testing.T) {
	snippet := block(t, "go")
	example, err := os.ReadFile("server/example_test.go")
	require.NoError(t, err)
	require.Contains(t, strings.ReplaceAll(string(example), "\n\t", "\n"), snippet)
}

func TestReadmesFileIsRight(t *testing.T) {
	s, err := read(t, "--config", write(t, block(t, "yaml")))
	require.NoError(t, err)
	require.Equal(t, []string{"app.example", "*.app.example"}, s.Origins)
}

// block returns the first block of code in that language.
func block(t *testing.T, language string) string {
	t.Helper()
	_, rest, ok := strings.Cut(readme(t), "```"+language+"\n")
	require.True(t, ok)
	code, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	return code
}

func TestReadmesLinksLeadSomewhere(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(readme(t), -1) {
		if !strings.Contains(m[1], "://") {
			_, err := os.Stat(filepath.Join("..", m[1]))
			require.NoError(t, err)
		}
	}
}
