package web_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/web"
)

func get(method, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, r)
	return w
}

func TestPage(t *testing.T) {
	w := get("GET", "/?room=x")
	require.Equal(t, http.StatusOK, w.Code)
	index, err := os.ReadFile("index.html")
	require.NoError(t, err)
	require.Equal(t, string(index), w.Body.String())
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "camera=(self), microphone=(self), display-capture=(self)", w.Header().Get("Permissions-Policy"))
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "connect-src 'self' ws: wss:")
	require.NotContains(t, policy, "unsafe")
}

// Every file that the sources have is served as what it is, and nothing besides.
func TestEveryFile(t *testing.T) {
	types := map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	for _, root := range []string{"app", "sdk", "examples"} {
		require.NoError(t, fs.WalkDir(os.DirFS("."), root, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && root == "sdk" && name != root:
				return fs.SkipDir // what npm pack has made
			case entry.IsDir() || root == "sdk" && path.Ext(name) != ".js" || path.Base(name) == "index.html":
				return nil
			}
			w := get("GET", "/"+name)
			require.Equal(t, http.StatusOK, w.Code, name)
			require.Equal(t, types[path.Ext(name)], w.Header().Get("Content-Type"), name)
			require.NotEmpty(t, w.Body.Bytes(), name)
			require.True(t, web.Has("/"+name), name)
			return nil
		}))
	}
}

// What the page and its modules refer to is there.
func TestReferences(t *testing.T) {
	attribute := regexp.MustCompile(`(?:src|href)="([^"#][^"]*)"`)
	for _, m := range attribute.FindAllStringSubmatch(get("GET", "/").Body.String(), -1) {
		require.True(t, web.Has(path.Join("/", m[1])), m[1])
	}
	imported := regexp.MustCompile(`(?m)^(?:import|export) .*from '([^']+)'`)
	for _, root := range []string{"app", "sdk"} {
		entries, err := os.ReadDir(root)
		require.NoError(t, err)
		for _, entry := range entries {
			if path.Ext(entry.Name()) != ".js" {
				continue
			}
			source := get("GET", "/"+root+"/"+entry.Name()).Body.String()
			for _, m := range imported.FindAllStringSubmatch(source, -1) {
				require.True(t, strings.HasPrefix(m[1], "."), "%s imports %s: no third-party code", entry.Name(), m[1])
				require.True(t, web.Has(path.Join("/", root, m[1])), m[1])
			}
		}
	}
}

// A module that the page does not announce costs a round trip for each import above it.
func TestPreloads(t *testing.T) {
	page := get("GET", "/").Body.String()
	imported := regexp.MustCompile(`(?m)^(?:import|export) .*from '([^']+)'`)
	seen := map[string]bool{}
	var follow func(module string)
	follow = func(module string) {
		if seen[module] {
			return
		}
		seen[module] = true
		if module != "/app/main.js" {
			require.Contains(t, page, `<link rel="modulepreload" href="`+module[1:]+`" />`)
		}
		for _, m := range imported.FindAllStringSubmatch(get("GET", module).Body.String(), -1) {
			follow(path.Join(path.Dir(module), m[1]))
		}
	}
	follow("/app/main.js")
	require.Contains(t, seen, "/sdk/roster.js")
}

func TestRevalidation(t *testing.T) {
	etag := get("GET", "/sdk/parley.js").Header().Get("ETag")
	require.Regexp(t, `^"[\w-]{16}"$`, etag)
	require.NotEqual(t, etag, get("GET", "/sdk/peer.js").Header().Get("ETag"))
	same := get("GET", "/sdk/parley.js", "If-None-Match", etag)
	require.Equal(t, http.StatusNotModified, same.Code)
	require.Empty(t, same.Body.Bytes())
	require.Equal(t, http.StatusOK, get("GET", "/sdk/parley.js", "If-None-Match", `"other"`).Code)
}

// The whole page, every module and both languages, travels in less than 60 KB.
func TestWeight(t *testing.T) {
	const limit = 60 << 10
	total := 0
	for _, path := range append(references(t), "/") {
		w := get("GET", path, "Accept-Encoding", "gzip")
		require.Equal(t, http.StatusOK, w.Code, path)
		total += w.Body.Len()
	}
	t.Logf("%d bytes", total)
	require.Less(t, total, limit)
}

// references are what the page loads, as paths.
func references(t *testing.T) (paths []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(`(?:src|href)="((?:app|sdk)/[^"#]+)"`).FindAllStringSubmatch(get("GET", "/").Body.String(), -1) {
		if path := "/" + m[1]; !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	require.NotEmpty(t, paths)
	return paths
}

func TestGzip(t *testing.T) {
	plain := get("GET", "/app/main.js")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	for _, accept := range []string{"gzip", "br, gzip", "deflate,GZIP;q=0.5"} {
		zipped := get("GET", "/app/main.js", "Accept-Encoding", accept)
		require.Equal(t, "gzip", zipped.Header().Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", zipped.Header().Get("Vary"))
		require.NotEqual(t, plain.Header().Get("ETag"), zipped.Header().Get("ETag"))
		r, err := gzip.NewReader(zipped.Body)
		require.NoError(t, err)
		body, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, plain.Body.String(), string(body))
		same := get("GET", "/app/main.js", "Accept-Encoding", accept, "If-None-Match", zipped.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, same.Code)
	}
	for _, refused := range []string{"br", "gzip;q=0", "gzip; q=0.0", "identity"} {
		require.Empty(t, get("GET", "/app/main.js", "Accept-Encoding", refused).Header().Get("Content-Encoding"), refused)
	}
}

// What is served is what is written, but for lines that are nothing but comment.
func TestComments(t *testing.T) {
	for _, path := range references(t) {
		if !strings.HasSuffix(path, ".js") {
			continue
		}
		source, err := os.ReadFile(path[1:])
		require.NoError(t, err)
		written := strings.Split(string(source), "\n")
		served := strings.Split(get("GET", path).Body.String(), "\n")
		require.Len(t, served, len(written), path)
		for i, line := range written {
			text := strings.TrimSpace(line)
			comment := strings.HasPrefix(text, "//") || strings.HasPrefix(text, "/*") && strings.HasSuffix(text, "*/") ||
				strings.HasPrefix(text, "/*") && !strings.Contains(text, "*/") || strings.HasPrefix(text, "* ") || text == "*" || text == "*/"
			if comment {
				line = ""
			}
			require.Equal(t, line, served[i], "%s:%d", path, i+1)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, path := range []string{"/index.html", "/app", "/app/", "/sdk/", "/sdk/package.json", "/sdk/README.md", "/examples/index.html", "/nothing", "/web.go", "/test/fakes.js", "/app/../web.go", "/package.json", "//"} {
		require.Equal(t, http.StatusNotFound, get("GET", path).Code, path)
		require.False(t, web.Has(path), path)
	}
	post := get("POST", "/")
	require.Equal(t, http.StatusMethodNotAllowed, post.Code)
	require.Equal(t, "GET, HEAD", post.Header().Get("Allow"))
	head := get("HEAD", "/")
	require.Equal(t, http.StatusOK, head.Code)
	require.Empty(t, head.Body.Bytes())
}
