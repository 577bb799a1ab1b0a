package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestZeroIsNoLimit(t *testing.T) {
	s, err := read(t, "--address-rate=0", "--address-connections=0")
	require.NoError(t, err)
	require.Negative(t, s.server().AddressRate, "not the server's default")
	require.Negative(t, s.server().AddressConnections)
}

func TestWrongLimitsAreNamed(t *testing.T) {
	for arg, want := range map[string]string{
		"--max-connections=-1":                       "--max-connections: must be 0 or more, not -1",
		"--connect-rate=1000001":                     "--connect-rate: must be 1 to 1000000, not 1000001",
		"--address-connections=-1":                   "--address-connections: must be 0 or more, not -1",
		"--address-rate=many":                        "--address-rate: expected a valid 64 bit int",
		"--trusted-proxies=10.0.0.0/33":              `--trusted-proxies: must be an address or a network ("10.0.0.0/8"), not "10.0.0.0/33"`,
		"--trusted-proxies=10.0.0.0/8,proxy.example": `not "proxy.example"`,
	} {
		t.Run(arg, func(t *testing.T) {
			_, err := read(t, arg)
			require.ErrorContains(t, err, want)
		})
	}
}
