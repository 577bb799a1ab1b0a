package browsertest

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

// threeEngines starts three engines as somebody with three terminals does, each a process with a NATS inside,
// and returns their pages' URLs.
func threeEngines(t *testing.T) (urls []string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "engine")
	out, err := exec.Command("go", "build", "-o", program, "../../engine").CombinedOutput()
	require.NoError(t, err, "%s", out)
	addrs := gatewaytest.FreeAddrs(6)
	routes := strings.Join(addrs[3:], ",")
	for i := range 3 {
		log := new(gatewaytest.Log)
		cmd := exec.Command(program, "--addr="+addrs[i], "--turn-addr=", "--cluster-embedded", "--cluster-node="+fmt.Sprint("n", i),
			"--cluster-listen="+addrs[3+i], "--cluster-routes="+routes, "--cluster-store="+t.TempDir())
		cmd.Stderr = log
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			_ = cmd.Process.Kill() // the last two would wait for a NATS that has lost its majority
			_ = cmd.Wait()
			if t.Failed() {
				t.Logf("%s:\n%s", addrs[i], log)
			}
		})
		urls = append(urls, "http://"+addrs[i]+"/")
	}
	for _, u := range urls {
		require.Eventually(t, func() bool {
			resp, err := http.Get(u + "readyz")
			if err != nil {
				return false
			}
			resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		}, 2*patience, 20*time.Millisecond, u)
	}
	return urls
}
