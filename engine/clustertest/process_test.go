package clustertest

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/gateway/gatewaytest"
)

const patience = 40 * time.Second

// asNATS is the variable that makes this test's program a NATS server: "port directory".
const asNATS = "PARLEY_CLUSTERTEST_NATS"

// program is the engine, built once.
var program string

func TestMain(m *testing.M) {
	if arguments := os.Getenv(asNATS); arguments != "" {
		runNATS(arguments)
		return
	}
	dir, err := os.MkdirTemp("", "clustertest")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "engine")
	build := exec.Command("go", "build", "-o", program, "..")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func runNATS(arguments string) {
	port, dir, _ := strings.Cut(arguments, " ")
	n, _ := strconv.Atoi(port)
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: n, JetStream: true, StoreDir: dir, NoLog: true})
	if err != nil {
		panic(err)
	}
	s.Start()
	s.WaitForShutdown()
}

// process is a program that a test has started.
type process struct {
	t       *testing.T
	name    string
	command func() *exec.Cmd
	cmd     *exec.Cmd
	log     *gatewaytest.Log
	addr    string // of the engine's port, or of NATS's
	routes  string // --cluster-routes of all
}

// hasLogged tells whether the process has written that since its last start.
func (p *process) hasLogged(text string) bool { return strings.Contains(p.log.String(), text) }

func (p *process) start() {
	p.t.Helper()
	p.cmd, p.log = p.command(), new(gatewaytest.Log)
	p.cmd.Stderr = p.log
	require.NoError(p.t, p.cmd.Start())
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// pause stops the process where it stands, as a machine does that is overwhelmed or suspended, until resume.
func (p *process) pause() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGSTOP))
	var status syscall.WaitStatus
	_, err := syscall.Wait4(p.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	require.NoError(p.t, err)
	require.True(p.t, status.Stopped(), "%s: %s", p.name, lazy(p.tail))
}

func (p *process) resume() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGCONT))
}

// refused waits until the engine has ended because the cluster will not have it.
func (p *process) refused(why string) {
	p.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		require.Error(p.t, err)
	case <-time.After(patience):
		p.kill()
		p.t.Fatalf("%s was not refused:\n%s", p.name, p.tail())
	}
	require.Equal(p.t, 1, p.cmd.ProcessState.ExitCode(), "%s", lazy(p.tail))
	require.True(p.t, p.hasLogged(why), "%s", lazy(p.tail))
}

// drain has the engine drain, and waits until it has.
func (p *process) drain() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(p.t, p.cmd.Wait(), "%s: %s", p.name, p.tail())
}

func (p *process) tail() string {
	lines := strings.Split(p.log.String(), "\n")
	var out []string
	for _, line := range lines {
		if !strings.Contains(line, "level=DEBUG") {
			out = append(out, line)
		}
	}
	return strings.Join(out[max(0, len(out)-40):], "\n")
}

// ready waits until the engine wants traffic.
func (p *process) ready() {
	p.t.Helper()
	require.Eventually(p.t, func() bool {
		resp, err := http.Get("http://" + p.addr + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, patience, 20*time.Millisecond, "%s is not ready:\n%s", p.name, lazy(p.tail))
}

// lastly is when the process last wrote that to its log; zero: it has not.
func (p *process) lastly(text string) (at time.Time) {
	for line := range strings.Lines(p.log.String()) {
		stamp, ok := strings.CutPrefix(line, "time=")
		if ok && strings.Contains(line, text) {
			at, _ = time.Parse(time.RFC3339, stamp[:strings.IndexByte(stamp, ' ')])
		}
	}
	return at
}

// lazy is text that is made when it is shown.
type lazy func() string

func (l lazy) String() string { return l() }

// ports finds loopback ports that nobody listens on.
func ports(t *testing.T, n int) (list []int) {
	t.Helper()
	for _, addr := range gatewaytest.FreeAddrs(n) {
		at, err := netip.ParseAddrPort(addr)
		require.NoError(t, err)
		list = append(list, int(at.Port()))
	}
	return list
}

func newProcess(t *testing.T, name, addr string, command func() *exec.Cmd) *process {
	p := &process{t: t, name: name, addr: addr, command: command}
	t.Cleanup(func() {
		if p.cmd != nil && p.cmd.ProcessState == nil {
			p.kill()
		}
		if t.Failed() {
			t.Logf("%s:\n%s", name, p.tail())
		}
	})
	return p
}

// engine is one that is not started yet. Of what args say twice the last counts.
func engine(t *testing.T, i, port int, args ...string) *process {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	args = append([]string{"--addr=" + addr, "--turn-addr=", "--log-level=debug", "--cluster-secret=0123456789abcdef",
		"--cluster-node=" + fmt.Sprint("n", i), "--retry-after=100ms"}, args...)
	return newProcess(t, fmt.Sprint("n", i), addr, func() *exec.Cmd { return exec.CommandContext(context.Background(), program, args...) })
}

// embedded starts three engines with NATS inside.
func embedded(t *testing.T) []*process {
	t.Helper()
	p := ports(t, 6)
	routes := fmt.Sprintf("127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d", p[3], p[4], p[5])
	var list []*process
	for i := range 3 {
		e := engine(t, i, p[i], "--cluster-embedded", "--cluster-routes="+routes, fmt.Sprint("--cluster-listen=127.0.0.1:", p[3+i]), "--cluster-store="+t.TempDir())
		e.routes = routes
		e.start()
		list = append(list, e)
	}
	for _, e := range list {
		e.ready()
	}
	return list
}

// external starts a NATS, and three engines that use it.
func external(t *testing.T, args ...string) (nats *process, list []*process) {
	t.Helper()
	nats = startNATS(t)
	return nats, connected(t, []string{nats.addr, nats.addr, nats.addr}, args...)
}

// startNATS starts a NATS on a port of its own.
func startNATS(t *testing.T) *process {
	t.Helper()
	port, dir := ports(t, 1)[0], t.TempDir()
	nats := newProcess(t, "nats", fmt.Sprint("127.0.0.1:", port), func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s", asNATS, port, dir))
		return cmd
	})
	nats.start()
	return nats
}

// connected starts an engine for each address at which it finds its NATS.
func connected(t *testing.T, nats []string, args ...string) (list []*process) {
	t.Helper()
	for i, port := range ports(t, len(nats)) {
		e := engine(t, i, port, append(slices.Clone(args), "--cluster=nats://"+nats[i])...)
		e.start()
		list = append(list, e)
	}
	for _, e := range list {
		e.ready()
	}
	return list
}
