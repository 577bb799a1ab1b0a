package server_test

import (
	"encoding/json"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v4"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// iceServer is an RTCIceServer.
type iceServer struct {
	URLs                 []string
	Username, Credential string
}

// iceServers joins a room and returns what a browser is told.
func iceServers(t *testing.T, s *server.Server, codec wire.Codec) (list []iceServer, ttl time.Duration) {
	t.Helper()
	j := connect(t, s, codec).join("den", 1)
	require.NoError(t, json.Unmarshal(j.ICE.Append(nil, wire.JSON), &list))
	return list, j.ICETTL
}

func TestMembersAreToldOfSTUNAndTURN(t *testing.T) {
	s := start(t, server.Config{TURNAddr: "127.0.0.1:0", TURNTTL: 10 * time.Minute})
	for _, codec := range []wire.Codec{wire.JSON, wire.Msgpack} {
		list, ttl := iceServers(t, s, codec)
		require.Equal(t, 10*time.Minute, ttl)
		require.Len(t, list, 2)
		require.Equal(t, []string{"stun:" + s.TURNAddr().String()}, list[0].URLs)
		require.Len(t, list[1].URLs, 2)
		require.Equal(t, "turn:"+s.TURNAddr().String()+"?transport=udp", list[1].URLs[0])
		require.Regexp(t, `^turn:127\.0\.0\.1:\d+\?transport=tcp$`, list[1].URLs[1])
		require.Regexp(t, `^\d+:[\w-]+$`, list[1].Username)
	}
}

func TestMembersAreToldOfThePublicHost(t *testing.T) {
	s := start(t, server.Config{TURNAddr: "127.0.0.1:0", TURNPublicHost: "turn.example.org", TURNPublicIP: "203.0.113.7"})
	_, port, err := net.SplitHostPort(s.TURNAddr().String())
	require.NoError(t, err)
	list, _ := iceServers(t, s, wire.JSON)
	require.Equal(t, []string{"stun:turn.example.org:" + port}, list[0].URLs)
	require.Equal(t, "turn:turn.example.org:"+port+"?transport=udp", list[1].URLs[0])
}

func TestSTUNAlone(t *testing.T) {
	s := start(t, server.Config{TURNAddr: "127.0.0.1:0", TURNQuota: -1})
	list, ttl := iceServers(t, s, wire.JSON)
	require.Equal(t, []iceServer{{URLs: []string{"stun:" + s.TURNAddr().String()}}}, list)
	require.Zero(t, ttl)
}

func TestTakenTURNPortIsAWarning(t *testing.T) {
	var taken net.PacketConn
	var takenToo net.Listener
	require.Eventually(t, func() (ok bool) { // until the port that UDP has is free for TCP
		var err error
		taken, err = net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		if takenToo, err = net.Listen("tcp", taken.LocalAddr().String()); err != nil {
			_ = taken.Close()
		}
		return err == nil
	}, patience, time.Millisecond)
	defer taken.Close()
	defer takenToo.Close()
	var log buffer
	s := start(t, server.Config{TURNAddr: taken.LocalAddr().String(), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.Nil(t, s.TURNAddr())
	require.Zero(t, s.AllocationCount())
	require.Contains(t, log.String(), "level=WARN")
	require.Contains(t, log.String(), "address already in use")
	list, ttl := iceServers(t, s, wire.JSON)
	require.Empty(t, list)
	require.Zero(t, ttl)
}

// relayed allocates at a TURN server, "host:port", over UDP.
func relayed(t *testing.T, addr string, as iceServer) net.PacketConn {
	t.Helper()
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	c, err := turn.NewClient(&turn.ClientConfig{
		TURNServerAddr: addr, Conn: pc, Username: as.Username, Password: as.Credential,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		c.Close()
		_ = pc.Close()
	})
	require.NoError(t, c.Listen())
	relay, err := c.Allocate()
	require.NoError(t, err)
	t.Cleanup(func() { _ = relay.Close() })
	require.NoError(t, relay.SetDeadline(time.Now().Add(patience)))
	return relay
}

// talk sends from one relay to the other.
func talk(t *testing.T, a, b net.PacketConn) {
	t.Helper()
	_, err := b.WriteTo([]byte("come in"), a.LocalAddr()) // permits a
	require.NoError(t, err)
	_, err = a.WriteTo([]byte("hello there"), b.LocalAddr())
	require.NoError(t, err)
	buf := make([]byte, 100)
	n, from, err := b.ReadFrom(buf)
	require.NoError(t, err)
	require.Equal(t, "hello there", string(buf[:n]))
	require.Equal(t, a.LocalAddr().String(), from.String())
}

// What a member is told lets it relay, and nothing that it is told, or that is logged, is the secret.
func TestMembersCredentialsRelay(t *testing.T) {
	const secret = "nobody may see this one"
	var log buffer
	s := start(t, server.Config{
		TURNAddr: "127.0.0.1:0", TURNSecret: secret, TURNPorts: "30000-31000", TURNQuota: 1, AdminAddr: "127.0.0.1:0",
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
	})
	ada, _ := iceServers(t, s, wire.JSON)
	bob, _ := iceServers(t, s, wire.JSON)
	require.NotEqual(t, ada[1].Username, bob[1].Username)
	talk(t, relayed(t, s.TURNAddr().String(), ada[1]), relayed(t, s.TURNAddr().String(), bob[1]))
	require.Equal(t, 2, s.AllocationCount())
	require.EqualValues(t, 2, scrape(t, s)["parley_turn_allocations"])
	require.NotContains(t, log.String(), secret)
	require.NotContains(t, log.String(), ada[1].Credential)
	require.False(t, strings.Contains(ada[1].Username+ada[1].Credential, secret))
}

func TestOtherServers(t *testing.T) {
	s := start(t, server.Config{
		TURNSecret: "shared with coturn", TURNTTL: time.Minute,
		ICEServers: []string{"stun:stun.example:3478", "turn:turn.example:3478?transport=udp", "turns:user:pass@other.example:443"},
	})
	list, ttl := iceServers(t, s, wire.JSON)
	require.Equal(t, time.Minute, ttl)
	require.Equal(t, iceServer{URLs: []string{"stun:stun.example:3478"}}, list[0])
	require.Equal(t, iceServer{[]string{"turns:other.example:443"}, "user", "pass"}, list[1])
	require.Equal(t, []string{"turn:turn.example:3478?transport=udp"}, list[2].URLs)
	require.NotEmpty(t, list[2].Credential)
}

func TestErrorsShowNoSecret(t *testing.T) {
	for _, cfg := range []server.Config{
		{TURNSecret: "hush"},
		{ICEServers: []string{"turn:user:hush@a b"}},
	} {
		_, err := server.New(cfg)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "hush")
	}
}
