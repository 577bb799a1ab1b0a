// Package icetest is for tests against TURN servers of others.
package icetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const patience = 10 * time.Second

// Coturn starts a turnserver on loopback that shares the secret, and returns its address, of
// UDP and TCP. It ends with the test, which is skipped where there is none, or fails with
// PARLEY_REQUIRE_ALL=1.
func Coturn(t *testing.T, secret string) (addr string) {
	t.Helper()
	path, err := exec.LookPath("turnserver")
	if err != nil {
		if os.Getenv("PARLEY_REQUIRE_ALL") == "1" {
			require.FailNow(t, "turnserver (coturn) is missing, and PARLEY_REQUIRE_ALL=1")
		}
		t.Skip("turnserver (coturn) is missing")
	}
	free, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	port := free.LocalAddr().(*net.UDPAddr).Port
	require.NoError(t, free.Close())
	dir := t.TempDir()
	cmd := exec.Command(path, "-n", "--use-auth-secret", "--static-auth-secret="+secret, "--realm=parley",
		"--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", fmt.Sprintf("--listening-port=%d", port),
		"--min-port=32000", "--max-port=32767", "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls",
		"--log-file=stdout", "--simple-log", "--pidfile="+filepath.Join(dir, "pid"), "--userdb="+filepath.Join(dir, "db"))
	out, err := os.Create(filepath.Join(dir, "log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = out.Close()
	})
	addr = fmt.Sprintf("127.0.0.1:%d", port)
	if !assert.Eventually(t, func() bool { return answersSTUN(addr) }, patience, 20*time.Millisecond) {
		log, _ := os.ReadFile(out.Name())
		require.FailNow(t, "turnserver does not answer", "%s", log)
	}
	return addr
}

// answersSTUN asks a server once.
func answersSTUN(addr string) bool {
	c, err := net.Dial("udp4", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_, err = c.Write(stun.MustBuild(stun.TransactionID, stun.BindingRequest).Raw)
	if err == nil {
		_, err = c.Read(make([]byte, 1500))
	}
	return err == nil
}
