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

// Every snippet stands, to the letter, in an example that compiles.
func TestReadmesSnippetsCompile(t *testing.T) {
	examples := ""
	for _, file := range []string{"server/example_test.go", "../actors/example_test.go"} {
		example, err := os.ReadFile(file)
		require.NoError(t, err)
		examples += strings.ReplaceAll(string(example), "\n\t", "\n")
	}
	snippets := blocks(t, "go")
	require.NotEmpty(t, snippets)
	for _, s := range snippets {
		require.Contains(t, examples, s)
	}
}

func TestReadmesFileIsRight(t *testing.T) {
	s, err := read(t, "--config", write(t, blocks(t, "yaml")[0]))
	require.NoError(t, err)
	require.Equal(t, []string{"app.example", "*.app.example"}, s.Origins)
}

// blocks returns the blocks of code in that language.
func blocks(t *testing.T, language string) (found []string) {
	t.Helper()
	for rest := readme(t); ; {
		_, after, ok := strings.Cut(rest, "```"+language+"\n")
		if !ok {
			return found
		}
		code, more, ok := strings.Cut(after, "```")
		require.True(t, ok)
		found, rest = append(found, code), more
	}
}

func TestReadmesLinksLeadSomewhere(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(readme(t), -1) {
		if !strings.Contains(m[1], "://") {
			_, err := os.Stat(filepath.Join("..", m[1]))
			require.NoError(t, err)
		}
	}
}
