package ice

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func server(o Options, transports ...string) *Server {
	s := &Server{options: o}
	if o.Quota > 0 {
		s.relay = newRelay(o)
	}
	for i, t := range transports {
		s.listeners = append(s.listeners, listener{transport: t, addr: &net.TCPAddr{Port: 3478 + i}})
	}
	return s
}

func TestURLs(t *testing.T) {
	public := netip.MustParseAddr("203.0.113.7")
	for name, c := range map[string]struct {
		server     *Server
		stun, turn []string
	}{
		"all": {server(Options{PublicHost: "turn.example.org", PublicIP: public, Quota: 1}, "udp", "tcp", "tls"),
			[]string{"stun:turn.example.org:3478"},
			[]string{"turn:turn.example.org:3478?transport=udp", "turn:turn.example.org:3479?transport=tcp", "turns:turn.example.org:3480?transport=tcp"}},
		"the address where there is no host": {server(Options{PublicIP: public}, "udp"), []string{"stun:203.0.113.7:3478"}, nil},
		"the address listened on":            {server(Options{Addr: "[2001:db8::1]:3478"}, "udp"), []string{"stun:[2001:db8::1]:3478"}, nil},
		"nothing known":                      {server(Options{Addr: "[::]:3478"}, "udp"), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			stun, turn := c.server.URLs()
			require.Equal(t, c.stun, stun)
			require.Equal(t, c.turn, turn)
		})
	}
}

func TestPublicIP(t *testing.T) {
	one := netip.MustParseAddr("127.0.0.1")
	require.Equal(t, one, PublicIP("localhost", ":3478", nil))
	require.Equal(t, netip.MustParseAddr("198.51.100.9"), PublicIP("198.51.100.9", "127.0.0.1:3478", nil))
	require.Equal(t, one, PublicIP("", "127.0.0.1:3478", nil))
	require.Equal(t, one, PublicIP("2001:db8::1", "127.0.0.1:3478", nil), "relays have IPv4 addresses")
	require.Equal(t, outbound(), PublicIP("", ":3478", nil))
	require.Equal(t, outbound(), PublicIP("", "0.0.0.0:3478", nil))
}

// A STUN server sees the address that packets come from.
func TestReflexive(t *testing.T) {
	s := listen(t)
	require.Equal(t, netip.MustParseAddr("127.0.0.1"), reflexive(s.Addr().String()))
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	require.False(t, reflexive(silent.LocalAddr().String()).IsValid())
}

func TestOffer(t *testing.T) {
	secret := Secret("north of the border")
	embedded := server(Options{PublicHost: "a.example", PublicIP: netip.MustParseAddr("203.0.113.7"), Quota: 1}, "udp")
	var others []External
	for _, text := range []string{"stun:b.example", "turn:c.example:443?transport=tcp", "turns:fix:p:a@ss@d.example"} {
		e, err := ParseExternal(text)
		require.NoError(t, err)
		others = append(others, e)
	}
	before := time.Now()
	list, ttl := NewOffer(embedded, others, secret, time.Hour).For("ada")
	require.Equal(t, time.Hour, ttl)
	var servers []map[string]any
	require.NoError(t, json.Unmarshal(list, &servers))
	require.Len(t, servers, 3)
	require.Equal(t, map[string]any{"urls": []any{"stun:a.example:3478", "stun:b.example"}}, servers[0])
	require.Equal(t, map[string]any{"urls": []any{"turns:d.example"}, "username": "fix", "credential": "p:a@ss"}, servers[1])
	require.Equal(t, []any{"turn:a.example:3478?transport=udp", "turn:c.example:443?transport=tcp"}, servers[2]["urls"])
	password := servers[2]["credential"].(string)
	user, expiry, err := splitUsername(servers[2]["username"].(string))
	require.NoError(t, err)
	require.Equal(t, "ada", user)
	require.WithinRange(t, expiry, before.Add(time.Hour-time.Second), time.Now().Add(time.Hour))

	odd, _ := NewOffer(embedded, others, secret, time.Hour).For(`a"b:阿达`)
	require.NoError(t, json.Unmarshal(odd, &servers))
	require.Regexp(t, `^\d+:[\w-]+$`, servers[2]["username"])

	bob, _ := NewOffer(embedded, others, secret, time.Hour).For("bob")
	require.NotContains(t, string(bob), password)
}

func TestOfferWithoutCredentialsNeverRunsOut(t *testing.T) {
	list, ttl := NewOffer(server(Options{PublicHost: "a.example"}, "udp"), nil, "", time.Hour).For("ada")
	require.JSONEq(t, `[{"urls":["stun:a.example:3478"]}]`, string(list))
	require.Zero(t, ttl)
	list, ttl = NewOffer(nil, nil, "", time.Hour).For("ada")
	require.Equal(t, "[]", string(list))
	require.Zero(t, ttl)
}

func TestExternalRefused(t *testing.T) {
	for _, text := range []string{
		"", "a.example", "http://a.example", "stun:", "stun:a b", "stun:a.example:0", "stun:a.example:65536", "stun:a:b:c",
		"stun:a.example?transport=udp", "stun:user:password@a.example", "turn:a.example?transport=sctp", "turn:user@a.example",
		"turn::password@a.example", "turn:user:@a.example", "turn:[::1", "turn:[a.example]:3478", "turn:a.example/x",
	} {
		_, err := ParseExternal(text)
		require.ErrorIs(t, err, errExternal, text)
	}
	for _, text := range []string{"stun:a.example", "stuns:[2001:db8::1]:5349", "turn:[2001:db8::1]", "turns:1.2.3.4?transport=tcp"} {
		e, err := ParseExternal(text)
		require.NoError(t, err, text)
		require.Equal(t, text, e.URL)
		require.Equal(t, strings.HasPrefix(text, "turn"), e.Minted())
	}
}

func TestPorts(t *testing.T) {
	low, high, err := ParsePorts("1024-65535")
	require.NoError(t, err)
	require.Equal(t, [2]uint16{1024, 65535}, [2]uint16{low, high})
	for _, text := range []string{"", "5000", "6000-5000", "80-90", "1024-65536", "a-b", "1024-", "1024-2000-3000"} {
		_, _, err := ParsePorts(text)
		require.Error(t, err, text)
	}
}

// The example of the TURN REST draft's kind, made by coturn's own recipe:
// echo -n 1700000000:ada | openssl dgst -sha1 -hmac "north of the border" -binary | base64
func TestMint(t *testing.T) {
	username, password := Secret("north of the border").Mint("ada", time.Unix(1700000000, 5))
	require.Equal(t, "1700000000:ada", username)
	require.Equal(t, "6RxjC5CdSX1yy2eLIBnIqHXr/nE=", password)
}

func TestSecretIsNotShown(t *testing.T) {
	s := NewSecret()
	require.GreaterOrEqual(t, len(s), MinSecret)
	require.NotEqual(t, s, NewSecret())
	for _, format := range []string{"%v", "%s", "%+v", "%#v"} {
		require.NotContains(t, fmt.Sprintf(format, Options{Secret: s}), string(s), format)
	}
	require.NotContains(t, s.LogValue().String(), string(s))
}
