// Package web is the page at the engine's address and the JavaScript SDK, as files in the
// binary. The page is plain ES modules: what is served is what is written here.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed index.html app sdk/*.js examples
var files embed.FS

// The page runs its own scripts and styles only, talks to WebSockets anywhere (an engine may
// stand behind another name), and alone may ask for camera, microphone and screen.
const (
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; " +
		"connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	permissions = "camera=(self), microphone=(self), display-capture=(self)"
)

// contentTypes are of the extensions in files; the machine's own table is not asked.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// asset is one file as it is served.
type asset struct {
	body        []byte
	contentType string
	etag        string
}

var assets = load(files)

// load reads all files, by the path at which they are served; an index.html is its directory.
func load(files fs.FS) map[string]asset {
	all := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		all["/"+strings.TrimSuffix(name, "index.html")] = asset{body, contentTypes[path.Ext(name)], `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	return all
}

// Has reports whether Handler serves path: "/", or that of an asset.
func Has(path string) bool {
	_, ok := assets[path]
	return ok
}

// Handler serves the page at "/" and its assets below "/app/" and "/sdk/", and the SDK's
// examples at "/examples/", to GET and HEAD,
// and 404 otherwise. Nothing is cached without asking: the files have no versions in their
// names, and an answer of 304 is cheap.
func Handler() http.Handler {
	return http.HandlerFunc(serve)
}

func serve(w http.ResponseWriter, r *http.Request) {
	file, ok := assets[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("ETag", file.etag)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("Permissions-Policy", permissions)
	h.Set("Referrer-Policy", "no-referrer") // the address is the key to the call
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.body))
}
