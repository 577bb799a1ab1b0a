// Package web is the page at the engine's address and the JavaScript SDK, as files in the
// binary. Both are plain ES modules, and served as they are written, but for lines that are
// comment; those of the page one after the other, as one (see addPage). There is no build step.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed index.html app sdk/*.js examples dashboard
var files embed.FS

// The page runs its own scripts and styles only, talks to WebSockets anywhere (an engine may
// stand behind another name), and alone may ask for camera, microphone and screen.
const (
	contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; " +
		"connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	permissions = "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()"
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
	body, zipped []byte // zipped: by gzip; nil where that is not smaller
	contentType  string
	etag         string // of body; zipped has it with a suffix
	cache        string
}

// assets are by the path at which they are served.
type assets map[string]*asset

var served = load(files)

// load reads all files; an index.html is its directory.
func load(files fs.FS) assets {
	all := assets{}
	err := all.addPage(files)
	for _, root := range []string{"sdk", "examples"} {
		if err == nil {
			err = fs.WalkDir(files, root, func(name string, entry fs.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				body, err := fs.ReadFile(files, name)
				if root == "sdk" { // the examples are to be read
					body = withoutComments(body)
				}
				all.add("/"+strings.TrimSuffix(name, "index.html"), path.Ext(name), body)
				return err
			})
		}
	}
	if err != nil {
		panic(err) // the files are part of the program
	}
	return all
}

// add adds a file that is asked for again each time: an answer of 304 is cheap.
func (all assets) add(path, ext string, body []byte) *asset {
	all[path] = &asset{body, zip(body), contentTypes[ext], hash(body), "no-cache"}
	return all[path]
}

// lasting says that what is served under this name never changes.
func (a *asset) lasting() { a.cache = "public, max-age=31536000, immutable" }

func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// zip compresses once what is served often.
func zip(body []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level exists
	_, _ = w.Write(body)                                    // a Buffer takes everything
	_ = w.Close()
	if out.Len() >= len(body) {
		return nil
	}
	return out.Bytes()
}

// Has reports whether Handler serves path: "/", or that of an asset.
func Has(path string) bool {
	_, ok := served[path]
	return ok
}

// Handler serves the page at "/" and what it is made of below "/app/", the SDK below "/sdk/", and
// its examples at "/examples/", to GET and HEAD, and 404 otherwise. What the page is made of has
// a hash of it in its name, and is cached for good.
func Handler() http.Handler {
	return served.handler(contentPolicy, permissions)
}

// handler serves files, those that can be a document with these policies.
func (all assets) handler(content, permissions string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { all.serve(w, r, content, permissions) })
}

func (all assets) serve(w http.ResponseWriter, r *http.Request, content, permissions string) {
	file, ok := all[r.URL.Path]
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
	body, etag := file.body, file.etag
	if file.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = file.zipped, etag+"-gz"
		}
	}
	h.Set("Content-Type", file.contentType)
	h.Set("ETag", `"`+etag+`"`)
	h.Set("Cache-Control", file.cache)
	h.Set("X-Content-Type-Options", "nosniff")
	if !strings.HasPrefix(file.contentType, "text/javascript") && !strings.HasPrefix(file.contentType, "text/css") { // what can be a document
		h.Set("Content-Security-Policy", content)
		h.Set("Permissions-Policy", permissions)
		h.Set("Referrer-Policy", "no-referrer") // the address is the key to the call
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// takesGzip reports whether a request asks for gzip, and by no weight of zero refuses it
// (RFC 9110, section 12.5.3).
func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
