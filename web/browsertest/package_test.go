package browsertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// tool is the path of a command that npm ci has installed.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../node_modules/.bin/" + name)
	require.NoError(t, err)
	_, err = os.Stat(path)
	need(t, err == nil, name+" (npm ci in web)")
	return path
}

// command runs in dir and must succeed; its standard output is returned.
func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	var problems strings.Builder
	c.Stderr = &problems
	out, err := c.Output()
	require.NoError(t, err, "%s %s: %s%s", name, strings.Join(args, " "), out, problems.String())
	return string(out)
}

// project is an empty npm project with the package installed, as npm pack has made it.
func project(t *testing.T) (dir string) {
	t.Helper()
	for _, name := range []string{"npm", "node"} {
		_, err := exec.LookPath(name)
		need(t, err == nil, name)
	}
	for _, name := range []string{"tsc", "esbuild"} {
		tool(t, name)
	}
	dir = t.TempDir()
	command(t, "../sdk", "npm", "pack", "--silent", "--pack-destination", dir)
	packages, err := filepath.Glob(dir + "/parley-signaling-*.tgz")
	require.NoError(t, err)
	require.Len(t, packages, 1)
	require.NoError(t, os.WriteFile(dir+"/package.json", []byte(`{ "private": true, "type": "module" }`), 0o600))
	command(t, dir, "npm", "install", "--silent", "--offline", "--no-audit", "--no-fund", packages[0])
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata/package")))
	return dir
}

// The package, packed and installed into an empty project: its types hold in TypeScript, it
// talks to the engine from Node, and bundled by esbuild from Chromium.
func TestPackage(t *testing.T) {
	dir := project(t)
	url := engine(t, "127.0.0.1:0").URL() + "ws"

	t.Run("contents", func(t *testing.T) {
		installed, err := os.ReadDir(dir + "/node_modules")
		require.NoError(t, err)
		for _, entry := range installed {
			require.Contains(t, []string{".package-lock.json", "parley-signaling"}, entry.Name(), "it has no dependencies")
		}
		for _, name := range []string{"README.md", "LICENSE", "dist/parley.js", "dist/parley.js.map", "dist/webrtc.js", "types/parley.d.ts", "types/webrtc.d.ts"} {
			require.FileExists(t, dir+"/node_modules/parley-signaling/"+name)
		}
		for _, module := range []string{"parley", "webrtc"} {
			source, err := os.ReadFile(dir + "/node_modules/parley-signaling/dist/" + module + ".js")
			require.NoError(t, err)
			require.NotRegexp(t, `\bimport\b|\brequire\(`, string(source), "one module, without dependencies")
		}
	})
	t.Run("types", func(t *testing.T) {
		command(t, dir, tool(t, "tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2023,dom,dom.iterable", "--types", "", "page.ts")
	})
	t.Run("Chromium", func(t *testing.T) {
		command(t, dir, tool(t, "esbuild"), "page.ts", "--bundle", "--format=iife", "--log-level=warning", "--outfile=page.js")
		bundle, err := os.ReadFile(dir + "/page.js")
		require.NoError(t, err)
		p := everyday(t).person(t, "ada", true)
		p.open(strings.TrimSuffix(url, "ws") + "blank.html")
		p.run(chromedp.Evaluate(string(bundle), nil))
		require.Equal(t, "Ada: hello true nobody forbidden", eval[string](p, `talk('/ws')`))
	})
	t.Run("Node", func(t *testing.T) {
		for _, library := range []string{"@msgpack", "ws"} { // what an application brings along
			require.NoError(t, os.CopyFS(dir+"/node_modules/"+library, os.DirFS("../node_modules/"+library)))
		}
		require.Equal(t, `[true,{"text":"grüße","list":[1,null,true,9007199254740991,1.5]},{"name":"二进制"},["bad_request",false]]`+"\n",
			command(t, dir, "node", "node.js", url))
	})
}
