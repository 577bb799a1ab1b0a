package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The import graph is part of the design: who may know of whom is checked here, not in
// reviews. Tests may import what they like.

const module = "github.com/parley-signaling/parley"

// mayImport is what the packages of a folder may import besides the standard library: own
// folders by their path from the root ("/*": what is below, too), others by a prefix of their
// import path. The longest folder counts.
var mayImport = map[string][]string{
	"engine": {"actors/behaviours", "engine/server", "engine/ice", "engine/token", "engine/cluster", "github.com/alecthomas/kong", "github.com/golang-jwt/jwt/v5", "go.yaml.in/yaml/v3", "github.com/KimMachineGun/automemlimit"},
	"engine/certificate/acme": {
		"engine/statedir", "golang.org/x/crypto/acme", "golang.org/x/net/idna",
	},
	"engine/server": {"engine/certificate", "engine/certificate/acme", "engine/admin", "engine/live", "engine/metrics", "engine/api", "engine/webhook", "engine/ice", "engine/token", "engine/cluster", "actors", "actors/wire", "actors/behaviours", "gateway", "gateway/dialect/*", "gateway/quota", "web",
		"github.com/anthdm/hollywood", "github.com/prometheus/client_golang"},
	"engine/webhook":      {"actors", "actors/wire", "github.com/cenkalti/backoff/v5"},
	"engine/api":          {"actors", "actors/wire", "github.com/hashicorp/golang-lru/v2"},
	"engine/admin":        {"engine/admin/*", "actors", "actors/wire", "gateway", "web", "github.com/prometheus/client_golang"},
	"engine/live":         {"engine/api", "actors", "gateway"},
	"engine/metrics":      {"engine/cluster", "engine/webhook", "actors", "actors/wire", "gateway", "github.com/prometheus/client_golang"},
	"engine/token":        {"actors", "actors/wire", "github.com/golang-jwt/jwt/v5", "github.com/MicahParks/jwkset"},
	"engine/ice":          {"engine/certificate", "github.com/pion"},
	"engine/certificate":  {"github.com"}, // tests of what it is have a library
	"engine/ice/icetest":  {"github.com"}, // a library of tests
	"engine/statedir":     {},
	"engine/cluster":      {"engine/statedir", "actors", "actors/wire", "github.com/anthdm/hollywood", "github.com/nats-io", "github.com/vmihailenco/msgpack/v5"},
	"actors":              {"actors/wire", "actors/internal/*", "github.com/anthdm/hollywood", "golang.org/x/time"},
	"actors/behaviours":   {"actors", "actors/wire"},
	"actors/clocktest":    {"actors", "actors/internal/*"},
	"actors/clustertest":  {"actors"},
	"actors/roomtest":     {"actors", "actors/clustertest", "actors/wire", "github.com"}, // a library of tests
	"actors/wire":         {"github.com/vmihailenco/msgpack/v5"},
	"gateway":             {"actors", "actors/wire", "gateway/poll", "gateway/dialect/*", "gateway/quota", "github.com/gobwas/ws", "golang.org/x/sys"},
	"gateway/gatewaytest": {"actors", "actors/*", "gateway", "gateway/dialect/*", "github.com"}, // a library of tests
	"gateway/dialecttest": {"actors", "actors/clustertest", "gateway/dialect", "github.com"},    // a library of tests
	"gateway/poll":        {"golang.org/x/sys"},
	"gateway/quota":       {"golang.org/x/time"},
	"gateway/dialect":     {"actors", "actors/wire", "gateway/dialect/*", "github.com/gobwas/ws", "github.com/go-json-experiment/json"},
	"gateway/client":      {"actors/wire", "github.com/gobwas/ws"},
	"web":                 {},
	"web/browsertest":     {"engine/server", "github.com"},
	"bench":               {"bench/*", "gateway/client", "gateway/poll", "actors/wire", "github.com/gobwas/ws", "github.com", "golang.org/x"},
}

// mustNotReach is what a folder must not import even through others.
var mustNotReach = map[string][]string{
	"actors":          {module + "/gateway", module + "/engine", module + "/web", "net/http", "github.com/gobwas/ws"},
	"actors/roomtest": {module + "/engine", module + "/bench"},
	"actors/wire":     {module + "/actors", module + "/gateway", "net", "github.com/anthdm/hollywood"},
	"gateway":         {module + "/engine", module + "/bench", module + "/web"},
	"web":             {module},
	"web/browsertest": {},
	"bench":           {module + "/engine", module + "/gateway/dialect"},
}

// topLevel is all that the root holds, dot-files aside; what is in brackets may be missing.
var topLevel = []string{"engine", "actors", "gateway", "web", "bench", "go.mod", "go.sum", "README.md", "LICENSE"}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// folder is where the package lies below the root: "" for the packages of others.
func (p pkg) folder() string {
	f, ok := strings.CutPrefix(p.ImportPath, module+"/")
	if !ok {
		return ""
	}
	return f
}

func load(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	all := map[string]pkg{}
	for d := json.NewDecoder(bufio.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		all[p.ImportPath] = p
	}
	require.NoError(t, cmd.Wait())
	require.Contains(t, all, module+"/actors/wire")
	return all
}

// rule returns the longest folder of the table that f lies in.
func rule[T any](table map[string]T, f string) (string, bool) {
	for ; f != "."; f = path.Dir(f) {
		if _, ok := table[f]; ok {
			return f, true
		}
	}
	return "", false
}

func matches(imported, allowed string) bool {
	if tree, ok := strings.CutSuffix(allowed, "/*"); ok {
		return below(imported, module+"/"+tree)
	}
	if domain, _, _ := strings.Cut(allowed, "/"); strings.Contains(domain, ".") {
		return below(imported, allowed)
	}
	return imported == module+"/"+allowed
}

// below reports whether a package is root or below it.
func below(imported, root string) bool {
	return imported == root || strings.HasPrefix(imported, root+"/")
}

func TestPackagesImportOnlyWhatTheyMay(t *testing.T) {
	all := load(t)
	for _, p := range all {
		f := p.folder()
		if f == "" {
			continue
		}
		at, ok := rule(mayImport, f)
		require.True(t, ok, "%s lies in no folder of the design", p.ImportPath)
		for _, i := range p.Imports {
			may := all[i].Standard || i == "C" || slices.ContainsFunc(mayImport[at], func(a string) bool { return matches(i, a) })
			require.True(t, may, "%s must not import %s", f, i)
		}
	}
}

func TestPackagesDoNotReachWhatTheyMustNot(t *testing.T) {
	for _, p := range load(t) {
		at, ok := rule(mustNotReach, p.folder())
		if p.folder() == "" || !ok {
			continue
		}
		for _, d := range p.Deps {
			for _, no := range mustNotReach[at] {
				bad := d == no || strings.Contains(no, "/") && no != "net/http" && below(d, no)
				require.False(t, bad && !below(d, module+"/"+at), "%s must not depend on %s", p.folder(), d)
			}
		}
	}
}

func TestNobodyImportsTheProgramsButThemselves(t *testing.T) {
	for _, p := range load(t) {
		for _, i := range p.Imports {
			for _, program := range []string{"engine", "bench"} {
				if below(p.ImportPath, module+"/web/browsertest") {
					continue // drives the real thing
				}
				root := module + "/" + program
				require.False(t, below(i, root) && !below(p.ImportPath, root), "%s must not import %s", p.ImportPath, i)
				require.NotEqual(t, root, i, "%s is a program", root)
			}
		}
	}
}

// theirClock is which files of a folder may ask the computer for the time, or have it wake them.
// What a message is must not depend on when it is; actors live by the clock of their System, but
// for the watchdog.
var theirClock = map[string][]string{
	"actors/wire":       {},
	"actors":            {"clock.go", "watchdog.go"},
	"actors/behaviours": {},
}

func TestOnlyTheseKnowTheRealClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep",
		"WithTimeout", "WithDeadline"}
	for folder, may := range theirClock {
		files, err := filepath.Glob("../" + folder + "/*.go")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || slices.Contains(may, filepath.Base(name)) {
				continue
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(f, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if x, is := selected(s, ok); is && (x == "time" || x == "context") {
					require.NotContains(t, clock, s.Sel.Name, "%s", set.Position(s.Pos()))
				}
				return true
			})
		}
	}
}

func selected(s *ast.SelectorExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return x.Name, true
}

func TestTopLevelHoldsNothingElse(t *testing.T) {
	ignored := ignoredPatterns(t)
	entries, err := fs.ReadDir(os.DirFS(".."), ".")
	require.NoError(t, err)
	var there []string
	for _, e := range entries {
		name := e.Name()
		skip := slices.ContainsFunc(ignored, func(p string) bool { ok, _ := path.Match(p, name); return ok })
		if strings.HasPrefix(name, ".") || skip {
			continue
		}
		require.Contains(t, topLevel, name, "%s does not belong at the root", name)
		there = append(there, name)
	}
	for _, name := range topLevel {
		if name != "bench" { // the load harness comes later
			require.Contains(t, there, name)
		}
	}
}

func ignoredPatterns(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../.gitignore")
	require.NoError(t, err)
	var list []string
	for line := range strings.Lines(string(text)) {
		list = append(list, strings.Trim(strings.TrimSpace(line), "/"))
	}
	return list
}
