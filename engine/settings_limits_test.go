package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

func TestDefaultLimits(t *testing.T) {
	s, err := read(t)
	require.NoError(t, err)
	require.Equal(t, server.Limits{
		MessageRate: 1000, RosterBytes: 4 << 20,
		AddressConnections: 10_000, AddressRate: 1000, AddressRooms: 200,
	}, s.server().Limits)
}

func TestZeroIsNoLimit(t *testing.T) {
	s, err := read(t, "--address-rate=0", "--address-connections=0", "--address-rooms=0", "--message-rate=0")
	require.NoError(t, err)
	require.Negative(t, s.server().AddressRate, "not the server's default")
	require.Negative(t, s.server().AddressConnections)
	require.Negative(t, s.server().AddressRooms)
	require.Negative(t, s.server().MessageRate)
}

func TestWrongLimitsAreNamed(t *testing.T) {
	for arg, want := range map[string]string{
		"--max-connections=-1":                       "--max-connections: must be 0 or more, not -1",
		"--connect-rate=1000001":                     "--connect-rate: must be 1 to 1000000, not 1000001",
		"--address-connections=-1":                   "--address-connections: must be 0 or more, not -1",
		"--address-rate=many":                        "--address-rate: expected a valid 64 bit int",
		"--tls-cert=cert.pem":                        "--tls-key: must be set where the certificate is",
		"--tls-key=key.pem":                          "--tls-cert: must be set where the key is",
		"--tls-redirect-addr=:80":                    "--tls-redirect-addr: needs TLSCert and TLSKey beside it, or ACMEDomain",
		"--acme-domain=localhost":                    `--acme-domain: must be a host name in full, with a dot, not "localhost"`,
		"--acme-domain=a.example,192.0.2.1":          `--acme-domain: must be a host name, not an address, not "192.0.2.1"`,
		"--acme-domain=*.a.example":                  "--acme-domain: must be a host name in full: a wildcard",
		"--acme-email=ann@a.example":                 "--acme-email: needs ACMEDomain beside it",
		"--acme-cache=/var/lib/parley":               "--acme-cache: needs ACMEDomain beside it",
		"--acme-directory=https://ca.example/d":      "--acme-directory: needs ACMEDomain beside it",
		"--memory-limit=1000":                        "--memory-limit: must be at least 33554432, not 1000",
		"--message-rate=-1":                          "--message-rate: must be 0 or more, not -1",
		"--roster-bytes=0":                           "--roster-bytes: must be at least 65536",
		"--history-bytes=1":                          "--history-bytes: must be 1048576 to 1099511627776, not 1",
		"--roster-bytes=1":                           "--roster-bytes: must be 65536 to 268435456, not 1",
		"--address-rooms=1000001":                    "--address-rooms: must be 1 to 1000000, not 1000001",
		"--trusted-proxies=10.0.0.0/33":              `--trusted-proxies: must be an address or a network ("10.0.0.0/8"), not "10.0.0.0/33"`,
		"--trusted-proxies=10.0.0.0/8,proxy.example": `not "proxy.example"`,
	} {
		t.Run(arg, func(t *testing.T) {
			_, err := read(t, arg)
			require.ErrorContains(t, err, want)
		})
	}
}
