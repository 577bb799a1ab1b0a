package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/webhook"
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

// The API's example does what it says, against an engine.
func TestReadmesCurlWorks(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("PARLEY_REQUIRE_ALL") == "1" {
			require.FailNow(t, "curl is missing, and PARLEY_REQUIRE_ALL=1")
		}
		t.Skip("curl is missing")
	}
	var script string
	for _, b := range blocks(t, "sh") {
		if strings.Contains(b, "/api/v1/") {
			script = b
		}
	}
	r := startEngine(t, "--admin-token=an operator's token")
	c := r.dial()
	require.NoError(t, wsutil.WriteClientText(c, []byte(`{"type":"join","id":1,"room":"den"}`)))
	_, err := wsutil.ReadServerText(c)
	require.NoError(t, err)

	require.Contains(t, script, "http://localhost:8080/")
	cmd := exec.Command("sh", "-e", "-c", strings.ReplaceAll(script, "http://localhost:8080/", r.url))
	cmd.Env = append(os.Environ(), "TOKEN=an operator's token")
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Contains(t, string(out), `"name":"den"`)
	require.Contains(t, string(out), `"seq":2,`)
	event, err := wsutil.ReadServerText(c)
	require.NoError(t, err)
	require.JSONEq(t, `{"type":"event","room":"den","seq":2,"from":"","event":"paid","data":{"order":4711}}`, string(event))
	r.signal(os.Interrupt)
	require.Equal(t, exitDrained, r.exit())
}

// The example of a webhook has the fields that a body has.
func TestReadmesWebhookIsOne(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(blocks(t, "json")[0]))
	d.DisallowUnknownFields()
	var b webhook.Body
	require.NoError(t, d.Decode(&b))
	require.Contains(t, webhook.Names, b.Type)
	again, err := json.Marshal(b)
	require.NoError(t, err)
	require.JSONEq(t, blocks(t, "json")[0], string(again))
}

// The tests that this folder's README names are there.
func TestReadmesTestsExist(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	named := regexp.MustCompile("\\[`(Test\\w+)`\\]\\(([^)]+)\\)").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(named), 50)
	for _, m := range named {
		file, err := os.ReadFile(m[2])
		require.NoError(t, err)
		require.Contains(t, string(file), "\nfunc "+m[1]+"(", m[2])
	}
}
