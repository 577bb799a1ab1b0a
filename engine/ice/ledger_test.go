package ice

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"github.com/stretchr/testify/require"
)

// request asks with long-term credentials, and returns the answer's error code, 0: success.
func request(t *testing.T, c net.Conn, nonce stun.Nonce, method stun.Method, username, password string) stun.ErrorCode {
	t.Helper()
	answer := ask(t, c, stun.MustBuild(stun.TransactionID, stun.NewType(method, stun.ClassRequest), transportUDP,
		stun.NewUsername(username), stun.NewRealm(Realm), nonce,
		stun.NewLongTermIntegrity(username, Realm, password), stun.Fingerprint))
	if answer.Type.Class == stun.ClassSuccessResponse {
		return 0
	}
	var code stun.ErrorCodeAttribute
	require.NoError(t, code.GetFrom(answer))
	return code.Code
}

func nonceOf(t *testing.T, c net.Conn) (nonce stun.Nonce) {
	t.Helper()
	answer := ask(t, c, stun.MustBuild(stun.TransactionID, stun.NewType(stun.MethodAllocate, stun.ClassRequest), transportUDP))
	require.NoError(t, nonce.GetFrom(answer))
	return nonce
}

// An allocation outlives the credentials that it was made with, and nobody else's serve it.
func TestAllocationIsItsUsers(t *testing.T) {
	s := relayServer(t, nil)
	c, err := net.Dial("udp", s.on(t, "udp"))
	require.NoError(t, err)
	defer c.Close()
	nonce := nonceOf(t, c)
	name, password := testSecret.Mint("ada", time.Now().Add(time.Hour))
	require.Zero(t, request(t, c, nonce, stun.MethodAllocate, name, password))

	bob, bobs := testSecret.Mint("bob", time.Now().Add(time.Hour))
	require.Equal(t, stun.CodeBadRequest, request(t, c, nonce, stun.MethodRefresh, bob, bobs))
	later, laters := testSecret.Mint("ada", time.Now().Add(2*time.Hour))
	require.Zero(t, request(t, c, nonce, stun.MethodRefresh, later, laters))
	old, olds := testSecret.Mint("ada", time.Now().Add(-time.Hour))
	require.Zero(t, request(t, c, nonce, stun.MethodRefresh, old, olds))
	require.Equal(t, stun.CodeBadRequest, request(t, c, nonce, stun.MethodRefresh, old, "wrong"))

	other, err := net.Dial("udp", s.on(t, "udp"))
	require.NoError(t, err)
	defer other.Close()
	require.Equal(t, stun.CodeBadRequest, request(t, other, nonce, stun.MethodAllocate, old, olds))
	require.Equal(t, 1, s.AllocationCount())
}

func TestLedger(t *testing.T) {
	l := newLedger(testSecret, 2)
	client := func(port uint16) tuple { return tuple{"udp", netip.AddrPortFrom(netip.IPv4Unspecified(), port)} }
	name, _ := testSecret.Mint("ada", time.Now().Add(time.Hour))
	old, _ := testSecret.Mint("ada", time.Now())

	require.True(t, l.reserve(client(1), name))
	require.False(t, l.reserve(client(1), name), "twice in one place")
	require.False(t, l.holds(client(1)), "not made yet")
	l.made(client(1))
	require.True(t, l.holds(client(1)))
	_, ok := l.key(client(1), old, Realm)
	require.True(t, ok)
	require.False(t, l.reserve(client(2), old), "nothing new with old credentials")

	require.True(t, l.reserve(client(2), name))
	require.False(t, l.reserve(client(3), name), "two is all")
	l.failed(client(1)) // some later request of it
	l.failed(client(2)) // no port was free, say
	l.failed(client(3))
	require.Equal(t, map[string]int{"ada": 1}, l.counts)
	l.ended(client(1))
	l.ended(client(1))
	require.Empty(t, l.counts)
	require.Empty(t, l.tuples)

	_, ok = l.key(client(1), old, Realm)
	require.False(t, ok)
	_, ok = l.key(client(1), name, "another realm")
	require.False(t, ok)
}
