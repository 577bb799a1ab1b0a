package main

import (
	"bytes"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// A node that NATS does not let in ends, and names the setting as it was made.
func TestWhoIsRefusedByNATSNamesTheSetting(t *testing.T) {
	nats, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		Username: "parley", Password: "right",
	})
	require.NoError(t, err)
	nats.Start()
	require.True(t, nats.ReadyForConnections(patience))
	t.Cleanup(func() { nats.Shutdown(); nats.WaitForShutdown() })
	host := nats.Addr().String()

	for name, by := range map[string]struct {
		args, env []string
		named     string
	}{
		"a flag":     {args: []string{"--cluster=nats://parley:wrong@" + host}, named: "--cluster: must be what NATS lets in"},
		"a variable": {env: []string{"PARLEY_CLUSTER=nats://" + host}, named: "PARLEY_CLUSTER: must be what NATS lets in"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := engine(t, append(by.args, "--addr=127.0.0.1:0", "--turn-addr=")...)
			cmd.Env = append(cmd.Env, by.env...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			require.Error(t, cmd.Run())
			require.Equal(t, exitFailed, cmd.ProcessState.ExitCode())
			require.Contains(t, stderr.String(), by.named)
			require.NotContains(t, stderr.String(), "wrong")
		})
	}
}
