package web

import (
	"os"
	"os/exec"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func modules(sources map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, source := range sources {
		files[name] = &fstest.MapFile{Data: []byte(source)}
	}
	return files
}

// Names mean in the joined script what they meant in their module, and each module is run once.
func TestJoin(t *testing.T) {
	script, err := join(modules(map[string]string{
		"app/main.js": "import { one, Two } from './b.js'\nimport { count } from '../sdk/a.js'\nconst name = 'main'\nconst late = await Promise.resolve(new Two().name)\nconsole.log(one(), late, name, count())\n",
		"app/b.js":    "/** Says. */\nimport { count, c } from './c.js'\n\nconst name = 'b'\nexport function one() {\n  return name + count()\n}\nexport class Two {\n  name = c\n}\n",
		"app/c.js":    "export { count } from '../sdk/a.js'\nexport const c = 'c'\n",
		"sdk/a.js":    "let n = 0\nexport const count = () => ++n\n",
	}), "app/main.js")
	require.NoError(t, err)
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("PARLEY_REQUIRE_ALL") == "1" {
			require.FailNow(t, "node is missing, and PARLEY_REQUIRE_ALL=1")
		}
		t.Skip("node is missing")
	}
	out, err := exec.CommandContext(t.Context(), node, "--input-type=module", "--eval", string(script)).CombinedOutput()
	require.NoError(t, err, "%s\n%s", out, script)
	require.Equal(t, "b1 c main 2\n", string(out))
}

// What cannot be joined is refused, by file and line.
func TestJoinRefuses(t *testing.T) {
	for line, problem := range map[string]string{
		"export let n = 0":             "no form in which modules can be joined", // it would be copied
		"export default n":             "no form in which modules can be joined",
		"export * from './b.js'":       "no form in which modules can be joined",
		"import { a as b } from './b'": "no form in which modules can be joined",
		"import 'library'":             "no form in which modules can be joined",
		"import { a } from './a.js'":   "imports itself",
		"import { x } from './no.js'":  "no.js: file does not exist",
	} {
		_, err := join(modules(map[string]string{"a.js": "\n" + line + "\n"}), "a.js")
		require.ErrorContains(t, err, problem, line)
		require.ErrorContains(t, err, "a.js:2: ", line)
	}
}
