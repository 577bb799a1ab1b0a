package clustertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// anotherBuild builds the engine in another way: of the same protocol, and not the same bytes.
func anotherBuild(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "engine")
	out, err := exec.Command("go", "build", "-ldflags=-s -w -buildid=another", "-o", name, "..").CombinedOutput()
	require.NoError(t, err, "%s", out)
	before, err := os.ReadFile(program)
	require.NoError(t, err)
	after, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NotEqual(t, len(before), len(after))
	return name
}

// All engines are replaced by another build, one after the other, while everybody talks: nothing that was acknowledged is lost or doubled, and no room
// begins anew.
func TestRollingUpgrade(t *testing.T) {
	next := anotherBuild(t)
	for name, start := range map[string]func(*testing.T) []*process{
		"embedded": embedded,
		"external": func(t *testing.T) []*process { _, list := external(t); return list },
	} {
		t.Run(name, func(t *testing.T) {
			engines := start(t)
			p := throw(t, engines)
			p.round(0, 1, 2)
			since := [][]int{p.mark(0), p.mark(1), p.mark(2)}
			stop := p.chatter()
			for _, e := range engines {
				e.drain()
				old := e.command
				e.command = func() *exec.Cmd {
					cmd := old()
					cmd.Path = next
					return cmd
				}
				e.start()
				e.ready()
			}
			stop()
			p.round(0, 1, 2)
			require.Zero(t, p.right())
			for i := range engines {
				p.allHeard(i, since[i], (i+1)%3, (i+2)%3)
			}
		})
	}
}
