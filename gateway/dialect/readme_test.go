package dialect

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadmesTestsExist: every test that the README names is one.
func TestReadmesTestsExist(t *testing.T) {
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, root := range []string{"..", "../../engine", "../../web"} {
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && e.Name() == "node_modules":
				return fs.SkipDir
			case e.IsDir() || !strings.HasSuffix(name, "_test.go"):
				return nil
			}
			text, err := os.ReadFile(root + "/" + name)
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				there[m[1]] = true
			}
			return err
		})
		require.NoError(t, err)
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(string(readme), -1)
	require.Greater(t, len(named), 40)
	for _, m := range named {
		require.True(t, there[m[1]], "%s is no test", m[1])
	}
}
