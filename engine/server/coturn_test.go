package server_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// coturn starts a turnserver on loopback that shares the secret, in the foreground, and returns
// its UDP address.
func coturn(t *testing.T, secret string) string {
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
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	var log strings.Builder // the reader's, until it is done
	opened, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		open := sync.OnceFunc(func() { close(opened) })
		for lines := bufio.NewScanner(out); lines.Scan(); {
			fmt.Fprintln(&log, lines.Text())
			if strings.Contains(lines.Text(), "UDP listener opened on") {
				open()
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		_ = cmd.Wait()
	})
	select {
	case <-opened:
	case <-ended:
		require.FailNow(t, "turnserver did not start", "%s", log.String())
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// The credentials that members are given are good for a coturn that shares the secret.
func TestCoturn(t *testing.T) {
	const secret = "shared with the real coturn"
	addr := coturn(t, secret)
	s := start(t, server.Config{TURNSecret: secret, ICEServers: []string{"turn:" + addr}})
	ada, _ := iceServers(t, s, wire.JSON)
	bob, _ := iceServers(t, s, wire.JSON)
	talk(t, relayed(t, addr, ada[0]), relayed(t, addr, bob[0]))
}
