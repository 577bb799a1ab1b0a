package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
)

// read parses args; --help and --version fail the test.
func read(t *testing.T, args ...string) (*settings, error) {
	t.Helper()
	return parse(args, io.Discard, func(int) { t.Fatal("exit") })
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "parley.yaml")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func TestDefaults(t *testing.T) {
	s, err := read(t)
	require.NoError(t, err)
	require.Empty(t, s.warnings)
	got := s.server()
	got.Limits = server.Limits{} // those have a test of their own
	require.Equal(t, server.Config{
		Addr: ":8080", Linger: 30 * time.Second, RoomCapacity: 10_000, QueueBytes: 1 << 20,
		PeerJSPath: "/peerjs", PeerJSKey: "peerjs", PeerJSWait: 5 * time.Second,
		AppRTCPath:  "/apprtc",
		TokenLeeway: 10 * time.Second,
		SwoolePath:  "/swoole", YWebRTCPath: "/y-webrtc", TrysteroPath: "/trystero", TrackerPath: "/tracker",
		TURNAddr: ":3478", TURNPorts: "49152-65535", TURNTLSAddr: ":5349", TURNTTL: time.Hour, TURNQuota: 100,
		WebhookEvents: []string{"room.started", "room.ended", "member.joined", "member.left"},
		Clustering: server.Clustering{ClusterListen: ":6222", ClusterName: "parley", ClusterLease: 3 * time.Second,
			ClusterDrainAfter: 10 * time.Second, ClusterQueueBytes: 32 << 20},
		DrainTimeout: 10 * time.Second, DrainWindow: 2 * time.Second, RetryAfter: time.Second,
	}, got)
}

func TestWrongClusterSettingsAreNamed(t *testing.T) {
	for want, args := range map[string][]string{
		"--cluster: must be nats://":              {"--cluster=http://host"},
		"--cluster-secret: must have at least 16": {"--cluster=nats://host", "--cluster-secret=tooshort"},
		"--cluster-secret: must be set where":     {"--cluster-embedded"},
		"--cluster-listen: must be \"host:port\"": {"--cluster-embedded", "--cluster-listen=6222"},
		"--cluster-routes: is for an embedded":    {"--cluster=nats://host", "--cluster-routes=a:1"},
		"--cluster-embedded: must be off":         {"--cluster=nats://host", "--cluster-embedded", "--cluster-listen=127.0.0.1:1"},
		"--cluster-lease: must be 300ms to 1m0s":  {"--cluster=nats://host", "--cluster-lease=1ms"},
		"--cluster-creds: must be a file":         {"--cluster=nats://host", "--cluster-creds=/no/such"},
		"--cluster-key":                           {"--cluster=nats://host", "--cluster-cert=settings_test.go"},
	} {
		_, err := read(t, args...)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "tooshort")
	}
}

func TestPrecedence(t *testing.T) {
	name := write(t, "linger: 3s\nroom-capacity: 3\nshards: 3\norigins: [a.example, '*.b.example']\n")
	t.Setenv("PARLEY_ROOM_CAPACITY", "2")
	t.Setenv("PARLEY_SHARDS", "2")
	s, err := read(t, "--config", name, "--shards=1")
	require.NoError(t, err)
	require.Equal(t, 1, s.Shards, "flag over variable and file")
	require.Equal(t, 2, s.RoomCapacity, "variable over file")
	require.Equal(t, 3*time.Second, s.Linger, "file over default")
	require.Equal(t, 1<<20, s.QueueBytes, "default")
	require.Equal(t, []string{"a.example", "*.b.example"}, s.Origins)
}

func TestBehaviorsKeepTheirOrder(t *testing.T) {
	want := []string{"lobby-*=matchmaker", "*=talking"}
	s, err := read(t, "--behavior", want[0], "--behavior", want[1])
	require.NoError(t, err)
	require.Equal(t, want, s.server().Behavior)
	t.Setenv("PARLEY_CONFIG", write(t, "behavior: [lobby-*=matchmaker, '*=talking']\n"))
	s, err = read(t)
	require.NoError(t, err)
	require.Equal(t, want, s.server().Behavior)
}

func TestICEFromTheFile(t *testing.T) {
	s, err := read(t, "--config", write(t, `
turn-secret: shared with coturn
turn-ttl: 2h
turn-private-peers: true
ice-servers:
  - stun:stun.example:3478
  - "turns:user:pa,ss@turn.example:443?transport=tcp"
`))
	require.NoError(t, err)
	cfg := s.server()
	require.Equal(t, "shared with coturn", cfg.TURNSecret)
	require.Equal(t, 2*time.Hour, cfg.TURNTTL)
	require.True(t, cfg.TURNPrivatePeers)
	require.Equal(t, []string{"stun:stun.example:3478", "turns:user:pa,ss@turn.example:443?transport=tcp"}, cfg.ICEServers)

	s, err = read(t, "--ice-servers=stun:a.example", "--ice-servers=stun:b.example,stun:c.example")
	require.NoError(t, err)
	require.Equal(t, []string{"stun:a.example", "stun:b.example", "stun:c.example"}, s.server().ICEServers)
	require.False(t, s.server().TURNPrivatePeers)
}

func TestFileNamedByVariableAndInJSON(t *testing.T) {
	t.Setenv("PARLEY_CONFIG", write(t, `{"addr": "127.0.0.1:0", "turn-addr": "", "log-level": "debug"}`))
	s, err := read(t)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:0", s.Addr)
	require.Empty(t, s.TURNAddr)
	require.Equal(t, "debug", s.LogLevel)
}

func TestEmptyFile(t *testing.T) {
	_, err := read(t, "--config", write(t, "# nothing yet\n"))
	require.NoError(t, err)
}

func TestOffIsNotDefault(t *testing.T) {
	t.Setenv("PARLEY_TURN_ADDR", "")
	s, err := read(t, "--linger=0s")
	require.NoError(t, err)
	require.Empty(t, s.server().TURNAddr)
	require.Negative(t, s.server().Linger, "0s is no lingering, not the server's default")
	s, err = read(t, "--turn-quota=0")
	require.NoError(t, err)
	require.Negative(t, s.server().TURNQuota, "0 is STUN alone, not the server's default")
}

func TestWrongFlagsAreNamed(t *testing.T) {
	for arg, want := range map[string]string{
		"--lingr=5s":                      `unknown flag --lingr, did you mean "--linger"?`,
		"extra":                           "unexpected argument extra",
		"--linger=5":                      "--linger: expected duration",
		"--linger=-1s":                    "--linger: must be 0s to 24h0m0s",
		"--linger=25h":                    "--linger: must be 0s to 24h0m0s, not 25h0m0s",
		"--room-capacity=0":               "--room-capacity: must be at least 1",
		"--room-capacity=1000001":         "--room-capacity: must be 1 to 1000000, not 1000001",
		"--room-capacity=ten":             "--room-capacity: expected a valid 64 bit int",
		"--queue-bytes=1":                 "--queue-bytes: must be 131072 to 1073741824",
		"--shards=-1":                     "--shards: must be 1 to 1024",
		"--addr=":                         `--addr: must be "host:port"`,
		"--addr=8080":                     `--addr: must be "host:port" or ":port", not "8080"`,
		"--addr=:99999":                   "--addr: the port must be 0 to 65535",
		"--turn-addr=localhost":           `--turn-addr: must be "host:port"`,
		"--turn-public-host=a.b:3478":     "--turn-public-host: must be a host name",
		"--turn-public-ip=::1":            `--turn-public-ip: must be an IPv4 address of one machine, not "::1"`,
		"--turn-ports=":                   `--turn-ports: must be "min-max"`,
		"--turn-ports=9000-8000":          `--turn-ports: must be "min-max", ports of 1024 to 65535, not "9000-8000"`,
		"--turn-tls-addr=":                `--turn-tls-addr: must be "host:port"`,
		"--turn-cert=cert.pem":            "--turn-key: must be set where the certificate is",
		"--turn-key=key.pem":              "--turn-cert: must be set where the key is",
		"--turn-secret=hush":              "--turn-secret: must have at least 16 bytes, not (4 bytes)",
		"--turn-ttl=0s":                   "--turn-ttl: must be 10s to 24h0m0s, not 0s",
		"--turn-ttl=25h":                  "--turn-ttl: must be 10s to 24h0m0s, not 25h0m0s",
		"--turn-quota=-1":                 "--turn-quota: must be 0 to 10000, not -1",
		"--turn-quota=10001":              "--turn-quota: must be 0 to 10000, not 10001",
		"--ice-servers=turn:a.example":    `--ice-servers: a TURN server needs TURNSecret, which it shares, or user:password@ before its host, not "turn:a.example"`,
		"--ice-servers=turn:u:p@":         `--ice-servers: must be "stun:host:port"`,
		"--origins=https://a.example/x":   "--origins: must be a host",
		"--origins=a.example,b c":         `not "b c"`,
		"--webhook-url=https://a.example": "--webhook-url: needs WebhookSecret beside it",
		"--webhook-url=a.example":         "--webhook-url: must be an http or https URL, not (9 bytes)",
		"--webhook-secret=secret":         `--webhook-secret: must be "whsec_" and the base64 of 24 to 64 bytes, not (6 bytes)`,
		"--webhook-events=room.burnt":     "--webhook-events: must be of room.started",
		"--admin-addr=:9090":              "--admin-addr: without AdminToken it must be an address of this machine",
		"--admin-token=hush":              "--admin-token: must have at least 16 bytes, not (4 bytes)",
		"--admin-tls-cert=cert.pem":       "--admin-tls-key: must be set where the certificate is",
		"--admin-tls-key=key.pem":         "--admin-tls-cert: must be set where the key is",
		"--admin-tls-client-ca=ca.pem":    "--admin-tls-client-ca: needs AdminTLSCert and AdminTLSKey beside it",
		"--drain-delay=-1s":               "--drain-delay: must be 0s to 1h0m0s",
		"--drain-window=-1s":              "--drain-window: must be 0s to 1h0m0s",
		"--drain-timeout=0s":              "--drain-timeout: must be above 0s",
		"--retry-after=2h":                "--retry-after: must be 0s to 1h0m0s",
		"--behavior=a=dance":              `--behavior: must be "pattern=name", the name one of call, matchmaker, moderated, talking, not "a=dance"`,
		"--behavior=a":                    `not "a"`,
		"--behavior=[=call":               `not "[=call"`,
		"--behavior==call":                `not "=call"`,
		"--y-webrtc-path=":                `--y-webrtc-path: must be "off" or a path`,
		"--y-webrtc-path=/":               `--y-webrtc-path: must be "off" or a path of letters`,
		"--y-webrtc-path=/ws/y":           "--y-webrtc-path: must not be, or lie above or below, another",
		"--y-webrtc-addr=4444":            `--y-webrtc-addr: must be "host:port"`,
		"--trystero-path=/y-webrtc":       "--trystero-path: must not be",
		"--trystero-addr=:99999":          "--trystero-addr: the port must be",
		"--log-level=loud":                "--log-level must be one of",
		"--log-format=xml":                "--log-format must be one of",
		"--config=/nowhere/parley.yaml":   "--config: open /nowhere/parley.yaml",
	} {
		t.Run(arg, func(t *testing.T) {
			_, err := read(t, arg)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestWrongVariablesAreNamed(t *testing.T) {
	for name, want := range map[string]string{
		"PARLEY_LINGER":        `PARLEY_LINGER="x"`,
		"PARLEY_ROOM_CAPACITY": `PARLEY_ROOM_CAPACITY="x"`,
		"PARLEY_ADDR":          `PARLEY_ADDR: must be "host:port"`,
		"PARLEY_LOG_LEVEL":     "--log-level must be one of",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "x")
			_, err := read(t)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestUnknownVariablesAreComplainedOf(t *testing.T) {
	t.Setenv("PARLEY_LINGR", "5s")
	t.Setenv("PARLEY_SERVICE_HOST", "203.0.113.1")
	t.Setenv("PARLEYSOMETHING", "not ours")
	s, err := read(t)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		`PARLEY_LINGR sets nothing: no such setting, did you mean "PARLEY_LINGER"?`,
		"PARLEY_SERVICE_HOST sets nothing: no such setting",
	}, s.warnings)
}

func TestWrongFilesAreNamedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		"addr: :1\nroom_capacity: 5\n":         `:2: room_capacity: no such setting, did you mean "room-capacity"?`,
		"colour: red\n":                        ":1: colour: no such setting",
		"config: other.yaml\n":                 ":1: config: no such setting",
		"version: true\n":                      ":1: version: no such setting",
		"Linger: 5s\n":                         ":1: Linger: no such setting",
		"\nlinger: 5\n":                        ":2: expected duration",
		"linger: 99h\n":                        ":1: linger: must be 0s to 24h0m0s, not 99h0m0s",
		"linger: 1s\nlinger: 2s\n":             ":2: linger: set twice",
		"linger:\n":                            ":1: linger: has no value",
		"linger: {a: 1}\n":                     ":1: linger: must be a value or a list of values",
		"origins: [[a]]\n":                     ":1: origins: must be a list of values",
		"log-level: loud\n":                    "--log-level must be one of",
		"- linger\n":                           ":1: must be a map of settings",
		"linger: [\n":                          "yaml: line",
		"turn-addr: nonsense\ndrain-delay: 2h": ":2: drain-delay: must be",
		"a: &a [*a]\n":                         ":1: a: no such setting",
		"origins: &a [*a]\n":                   "origins",
	} {
		t.Run(text, func(t *testing.T) {
			name := write(t, text)
			_, err := read(t, "--config="+name)
			require.ErrorContains(t, err, want)
		})
	}
}

func TestAllWrongSettingsAreToldAtOnce(t *testing.T) {
	_, err := read(t, "--shards=-1", "--linger=99h")
	require.ErrorContains(t, err, "--shards")
	require.ErrorContains(t, err, "--linger")
}

func TestHelpListsEverySetting(t *testing.T) {
	var out bytes.Buffer
	exited := -1
	require.PanicsWithValue(t, "exit", func() {
		_, _ = parse([]string{"--help"}, &out, func(code int) { exited = code; panic("exit") })
	})
	require.Zero(t, exited)
	unwrapped := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"--addr", "--origins", "--linger", "--room-capacity", "--queue-bytes", "--shards", "--turn-addr", "--turn-public-host",
		"--turn-public-ip", "--turn-ports", "--turn-tls-addr", "--turn-cert", "--turn-key", "--turn-secret", "--turn-ttl", "--turn-quota",
		"--turn-private-peers", "--ice-servers", "PARLEY_ICE_SERVERS",
		"--drain-delay", "--drain-timeout", "--drain-window", "--retry-after", "--log-level", "--log-format", "--config", "--version",
		"PARLEY_ADDR", "PARLEY_TURN_PUBLIC_HOST", "Default: 30s", "Default: :8080", "Exit codes", "/healthz",
	} {
		require.Contains(t, unwrapped, want)
	}
	for line := range bytes.Lines(out.Bytes()) {
		require.LessOrEqual(t, len(bytes.TrimRight(line, "\n")), 100, "%s", line)
	}
}

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	require.PanicsWithValue(t, "exit", func() {
		_, _ = parse([]string{"--version"}, &out, func(int) { panic("exit") })
	})
	require.Regexp(t, `^parley \S+\n$`, out.String())
}

func TestDistance(t *testing.T) {
	require.Equal(t, 3, distance("kitten", "sitting"))
	require.Equal(t, 0, distance("a", "a"))
	require.Equal(t, 2, distance("", "ab"))
}
