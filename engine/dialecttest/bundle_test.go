package dialecttest

import (
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// bundles are the scripts of testdata/bundled with the packages that they import, served as
// /npm/.bundle/….
var bundles = sync.OnceValues(func() ([]byte, error) {
	scripts, err := filepath.Glob("testdata/bundled/*.js")
	if err != nil {
		return nil, err
	}
	args := append([]string{"--bundle", "--format=esm", "--define:global=globalThis", "--define:process.browser=true", "--log-level=warning", "--outdir=node_modules/.bundle"}, scripts...)
	return exec.Command("node_modules/.bin/esbuild", args...).CombinedOutput()
})

// openBundled opens a window with one of these scripts.
func openBundled(t *testing.T, s *server.Server, name, script string) *page {
	t.Helper()
	needPackage(t, ".bin/esbuild")
	said, err := bundles()
	require.NoError(t, err, string(said))
	return open(t, name, s.URL()+"test/"+script+".html")
}
