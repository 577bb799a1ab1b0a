package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be the engine: what is tested is the program as a process.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_ENGINE") != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

const patience = 20 * time.Second

// engine prepares the program, to be killed if it outlives the test.
func engine(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), "BE_THE_ENGINE=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// running is an engine that has said where it listens.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	stdout *bufio.Reader
}

var urlLine = regexp.MustCompile(`http://\S+/`)

func startEngine(t *testing.T, args ...string) *running {
	t.Helper()
	return startEngineTo(t, t.Output(), args...)
}

// startEngineTo has the engine's log written there.
func startEngineTo(t *testing.T, log io.Writer, args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: engine(t, append(args, "--addr=127.0.0.1:0", "--turn-addr=")...)}
	r.cmd.Stderr = log
	out, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	r.stdout = bufio.NewReader(out)
	for r.url == "" {
		line, err := r.stdout.ReadString('\n')
		require.NoError(t, err)
		r.url = urlLine.FindString(line)
	}
	return r
}

func (r *running) signal(s os.Signal) {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(s))
}

func (r *running) exit() int {
	r.t.Helper()
	_, _ = io.Copy(io.Discard, r.stdout)
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

func (r *running) dial() net.Conn {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, _, err := ws.Dial(ctx, strings.Replace(r.url, "http", "ws", 1)+"ws")
	require.NoError(r.t, err)
	require.NoError(r.t, conn.SetDeadline(time.Now().Add(patience)))
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestSignalsDrain(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(s.String(), func(t *testing.T) {
			r := startEngine(t, "--retry-after=250ms")
			res, err := http.Get(r.url + "readyz")
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusOK, res.StatusCode)
			c := r.dial()
			require.NoError(t, wsutil.WriteClientText(c, []byte(`{"type":"join","id":1,"room":"den"}`)))
			joined, err := wsutil.ReadServerText(c)
			require.NoError(t, err)
			require.Contains(t, string(joined), `"joined"`)
			r.signal(s)
			bye, err := wsutil.ReadServerText(c)
			require.NoError(t, err)
			require.Contains(t, string(bye), `"retryAfter":250`)
			_, err = wsutil.ReadServerText(c)
			require.ErrorAs(t, err, new(wsutil.ClosedError))
			require.Equal(t, exitDrained, r.exit())
		})
	}
}

func TestAnOperatorsDrainExits0(t *testing.T) {
	r := startEngine(t, "--admin-token=an operator's token")
	q, err := http.NewRequest("POST", r.url+"api/v1/node/drain", strings.NewReader("{}"))
	require.NoError(t, err)
	q.Header.Set("Authorization", "Bearer an operator's token")
	q.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusAccepted, res.StatusCode)
	require.Equal(t, exitDrained, r.exit())
}

func TestSecondSignalForces(t *testing.T) {
	r := startEngine(t, "--drain-timeout=1h", "--drain-delay=1h")
	r.dial()
	r.signal(syscall.SIGTERM)
	require.Eventually(t, func() bool {
		res, err := http.Get(r.url + "readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusServiceUnavailable
	}, patience, time.Millisecond)
	r.signal(syscall.SIGTERM)
	require.Equal(t, exitCut, r.exit())
}

func TestTakenPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	cmd := engine(t, "--turn-addr=", "--addr="+ln.Addr().String())
	out, _ := cmd.CombinedOutput()
	require.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	require.Contains(t, string(out), "port "+port+" is taken")
	require.Contains(t, string(out), "--addr=")
}

func TestWrongSettingExits2(t *testing.T) {
	for arg, want := range map[string]string{
		"--room-capacity=0": "engine: --room-capacity: must be at least 1",
		"--colour=red":      "engine: unknown flag --colour",
	} {
		cmd := engine(t, arg)
		out, _ := cmd.CombinedOutput()
		require.Equal(t, exitSetting, cmd.ProcessState.ExitCode())
		require.Contains(t, string(out), want)
		require.Contains(t, string(out), "see --help")
	}
}

func TestHelpAndVersionExit0(t *testing.T) {
	for arg, want := range map[string]string{"--help": "Exit codes:", "--version": "parley "} {
		out, err := engine(t, arg).Output()
		require.NoError(t, err)
		require.Contains(t, string(out), want)
	}
}

func TestUnknownVariableIsLogged(t *testing.T) {
	cmd := engine(t, "--addr=256.0.0.1:1", "--turn-addr=")
	cmd.Env = append(cmd.Env, "PARLEY_LINGR=5s")
	out, _ := cmd.CombinedOutput()
	require.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
	require.Contains(t, string(out), "PARLEY_LINGR sets nothing")
	require.Contains(t, string(out), "256.0.0.1")
}

// What is logged is told by its level and its format; at debug a connection's lines bear its id.
func TestLogLevelsAndFormats(t *testing.T) {
	logged := func(args ...string) string {
		var log strings.Builder
		r := startEngineTo(t, &log, append(args, "--drain-window=1ms")...)
		c := r.dial()
		require.NoError(t, wsutil.WriteClientText(c, []byte(`{"type":"join","id":1,"room":"den"}`)))
		_, err := wsutil.ReadServerText(c)
		require.NoError(t, err)
		r.signal(syscall.SIGTERM)
		for err == nil { // its goodbye is answered
			_, err = wsutil.ReadServerText(c)
		}
		require.Equal(t, exitDrained, r.exit())
		return log.String()
	}
	levels := map[string]int{}
	connections := map[string]bool{}
	for line := range strings.Lines(logged("--log-level=debug", "--log-format=json")) {
		var l struct{ Level, Msg, Conn string }
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		levels[l.Level]++
		if l.Msg == "member joined" || l.Msg == "gateway: connected" {
			connections[l.Conn] = true
		}
	}
	require.Positive(t, levels["DEBUG"])
	require.Positive(t, levels["INFO"])
	require.Len(t, connections, 1, "one id of one connection")
	require.NotContains(t, connections, "")

	text := logged("--log-level=info", "--log-format=text")
	require.Contains(t, text, "level=INFO msg=")
	require.NotContains(t, text, "level=DEBUG")
	require.NotContains(t, logged("--log-level=error"), "level=INFO")
}
