package browsertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// threeEngines starts three engines as somebody with three terminals does, each a process with a NATS inside,
// and returns their pages' URLs.
func threeEngines(t *testing.T) (urls []string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "engine")
	out, err := exec.Command("go", "build", "-o", program, "../../engine").CombinedOutput()
	require.NoError(t, err, "%s", out)
	addrs := freeAddrs(t, 6)
	routes := strings.Join(addrs[3:], ",")
	for i := range 3 {
		log := new(processLog)
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

// freeAddrs are loopback addresses that nobody listens on, below the ports that the system gives away.
func freeAddrs(t *testing.T, n int) (list []string) {
	t.Helper()
	for len(list) < n {
		ln, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 10_000+rand.IntN(10_000)))
		if err != nil {
			continue
		}
		defer ln.Close()
		list = append(list, ln.Addr().String())
	}
	return list
}

// processLog keeps what a process writes.
type processLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *processLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *processLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
