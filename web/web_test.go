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
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()", w.Header().Get("Permissions-Policy"))
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "connect-src 'self' ws: wss:")
	require.NotContains(t, policy, "unsafe")

	// It is what is written, but for what it names.
	index, err := os.ReadFile("index.html")
	require.NoError(t, err)
	named := regexp.MustCompile(`(?m)^ *<(?:script|link) [^\n]*\n|(?:src|href)="app/[^"]*"`)
	require.Equal(t, named.ReplaceAllString(string(index), ""), named.ReplaceAllString(w.Body.String(), ""))
}

// The page names one script to begin with, one sheet, one module and an icon, and all of them
// are there for good: another content has another name.
func TestWhatThePageNames(t *testing.T) {
	paths := references(t)
	require.Len(t, paths, 4)
	for _, path := range paths {
		w := get("GET", path)
		require.Equal(t, http.StatusOK, w.Code, path)
		require.Regexp(t, `^/app/\w+\.[\w-]{16}\.(js|css|svg)$`, path)
		require.Equal(t, "public, max-age=31536000, immutable", w.Header().Get("Cache-Control"), path)
		require.Contains(t, path, strings.Trim(w.Header().Get("ETag"), `"`))
		require.NotEmpty(t, w.Body.Bytes())
	}
}

// All style sheets that index.html names are in the one that is sent, in order.
func TestSheet(t *testing.T) {
	index, err := os.ReadFile("index.html")
	require.NoError(t, err)
	var want strings.Builder
	for _, m := range regexp.MustCompile(`href="(app/\w+\.css)"`).FindAllSubmatch(index, -1) {
		sheet, err := os.ReadFile(string(m[1]))
		require.NoError(t, err)
		want.Write(sheet)
	}
	all, err := fs.Glob(os.DirFS("."), "app/*.css")
	require.NoError(t, err)
	require.Equal(t, len(all), strings.Count(string(index), ".css"), "none is left out")
	require.Equal(t, want.String(), get("GET", reference(t, ".css")).Body.String())
}

// Every module of the page is in the script that is sent, once, what it imports before it, and
// every line of it that is not comment.
func TestScript(t *testing.T) {
	script := get("GET", reference(t, "main")).Body.String()
	modules, err := fs.Glob(os.DirFS("."), "app/*.js")
	require.NoError(t, err)
	imported := regexp.MustCompile(`(?m)^(?:import|export) .*from '([^']+)'`)
	seen := map[string]int{}
	for _, module := range append(modules, "sdk/roster.js") {
		if module == "app/early.js" {
			continue
		}
		source, err := os.ReadFile(module)
		require.NoError(t, err)
		at := strings.Index(script, "// "+module+"\n")
		require.Positive(t, at+1, "%s is used by nothing", module)
		seen[module] = strings.Count(script, "// "+module+"\n")
		for _, m := range imported.FindAllSubmatch(source, -1) {
			require.True(t, strings.HasPrefix(string(m[1]), "."), "%s imports %s: no third-party code", module, m[1])
			before := strings.Index(script, "// "+path.Join(path.Dir(module), string(m[1]))+"\n")
			require.True(t, before >= 0 && before < at, "%s before %s", m[1], module)
		}
		for _, line := range strings.Split(string(source), "\n") {
			text := strings.TrimSpace(line)
			if text == "" || strings.HasPrefix(text, "//") || strings.HasPrefix(text, "/*") || strings.HasPrefix(text, "*") || strings.HasPrefix(text, "import ") {
				continue
			}
			require.Contains(t, script, strings.TrimPrefix(line, "export "), module)
		}
	}
	for module, n := range seen {
		require.Equal(t, 1, n, module)
	}
}

// Every file of the SDK and the examples is served as what it is, and nothing besides.
func TestEveryFile(t *testing.T) {
	types := map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	for _, root := range []string{"sdk", "examples"} {
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

// What the modules of the SDK import is there.
func TestReferences(t *testing.T) {
	imported := regexp.MustCompile(`(?m)^(?:import|export) .*from '([^']+)'`)
	modules, err := fs.Glob(os.DirFS("."), "sdk/*.js")
	require.NoError(t, err)
	for _, module := range modules {
		for _, m := range imported.FindAllStringSubmatch(get("GET", "/"+module).Body.String(), -1) {
			require.True(t, strings.HasPrefix(m[1], "."), "%s imports %s: no third-party code", module, m[1])
			require.True(t, web.Has(path.Join("/sdk", m[1])), m[1])
		}
	}
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

// The whole page, every module and both languages, travels in less than 50 KB; with what HTTP
// adds to it, a test in Chromium counts.
func TestWeight(t *testing.T) {
	const limit = 50 << 10
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
	for _, m := range regexp.MustCompile(`(?:src|href)="(app/[^"#]+)"`).FindAllStringSubmatch(get("GET", "/").Body.String(), -1) {
		if path := "/" + m[1]; !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	require.NotEmpty(t, paths)
	return paths
}

// reference is the path of the one thing that the page loads with this in its name.
func reference(t *testing.T, part string) string {
	t.Helper()
	i := slices.IndexFunc(references(t), func(path string) bool { return strings.Contains(path, part) })
	require.GreaterOrEqual(t, i, 0, part)
	return references(t)[i]
}

func TestGzip(t *testing.T) {
	plain := get("GET", "/sdk/room.js")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	for _, accept := range []string{"gzip", "br, gzip", "deflate,GZIP;q=0.5"} {
		zipped := get("GET", "/sdk/room.js", "Accept-Encoding", accept)
		require.Equal(t, "gzip", zipped.Header().Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", zipped.Header().Get("Vary"))
		require.NotEqual(t, plain.Header().Get("ETag"), zipped.Header().Get("ETag"))
		r, err := gzip.NewReader(zipped.Body)
		require.NoError(t, err)
		body, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, plain.Body.String(), string(body))
		same := get("GET", "/sdk/room.js", "Accept-Encoding", accept, "If-None-Match", zipped.Header().Get("ETag"))
		require.Equal(t, http.StatusNotModified, same.Code)
	}
	for _, refused := range []string{"br", "gzip;q=0", "gzip; q=0.0", "identity"} {
		require.Empty(t, get("GET", "/sdk/room.js", "Accept-Encoding", refused).Header().Get("Content-Encoding"), refused)
	}
}

// What is served of the SDK is what is written, but for lines that are nothing but comment.
func TestComments(t *testing.T) {
	modules, err := fs.Glob(os.DirFS("."), "sdk/*.js")
	require.NoError(t, err)
	for _, path := range modules {
		source, err := os.ReadFile(path)
		require.NoError(t, err)
		written := strings.Split(string(source), "\n")
		served := strings.Split(get("GET", "/"+path).Body.String(), "\n")
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
	for _, path := range []string{"/index.html", "/app", "/app/", "/app/main.js", "/app/base.css", "/sdk/", "/sdk/package.json", "/sdk/README.md", "/examples/index.html", "/nothing", "/web.go", "/test/fakes.js", "/app/../web.go", "/package.json", "//"} {
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
