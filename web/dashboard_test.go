package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/web"
)

func getDashboard(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	web.Dashboard().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestDashboard(t *testing.T) {
	page := getDashboard("/dashboard/")
	require.Equal(t, http.StatusOK, page.Code)
	policy := page.Header().Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self';", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
		require.Contains(t, policy, want)
	}
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "no-referrer", page.Header().Get("Referrer-Policy"))
	require.Equal(t, "same-origin", page.Header().Get("Cross-Origin-Opener-Policy"))
	require.Contains(t, page.Header().Get("Permissions-Policy"), "camera=()")
	require.NotRegexp(t, `<script>|<style|\son[a-z]+=|\sstyle=`, page.Body.String())

	for _, m := range regexp.MustCompile(`(?:src|href)="([a-z.]+)"`).FindAllStringSubmatch(page.Body.String(), -1) {
		require.Equal(t, http.StatusOK, getDashboard("/dashboard/"+m[1]).Code, m[1])
	}
	require.Equal(t, http.StatusNotFound, getDashboard("/dashboard/words.js").Code, "they are one script")
	for _, path := range []string{"/dashboard/", "/dashboard/main.js", "/dashboard/index.html"} {
		require.False(t, web.Has(path), "not a file of the public")
	}
}

// Every sheet is served, every word that a file names exists, and nothing is put in as markup.
func TestDashboardsFiles(t *testing.T) {
	files, err := filepath.Glob("dashboard/*")
	require.NoError(t, err)
	words, err := os.ReadFile("dashboard/words.en.js")
	require.NoError(t, err)
	style := getDashboard("/dashboard/style.css").Body.String()
	script := getDashboard("/dashboard/main.js").Body.String()
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if filepath.Ext(name) == ".css" {
			require.Contains(t, style, string(text), name)
			continue
		}
		if filepath.Ext(name) == ".js" {
			require.Contains(t, script, "// "+name+"\n")
		}
		require.NotRegexp(t, `innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(`, string(text), name)
		for _, m := range regexp.MustCompile(`(?:data-(?:t|label|hint)="|\bsay\('|label: '|title: '|unit: ')(\w+)['"]`).FindAllStringSubmatch(string(text), -1) {
			require.Contains(t, string(words), "\n  "+m[1]+": ", "%s: %s", name, m[1])
		}
	}
	require.Equal(t, 1, strings.Count(script, "sessionStorage.setItem"), "the token is kept in one place")
}
