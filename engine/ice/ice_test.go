package ice

import (
	"net"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func listen(t *testing.T) *Server {
	t.Helper()
	s, err := Listen(Options{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func dial(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", s.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// ask sends a message and returns the answer.
func ask(t *testing.T, c net.Conn, m *stun.Message) *stun.Message {
	t.Helper()
	_, err := c.Write(m.Raw)
	require.NoError(t, err)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	buf := make([]byte, 1500)
	n, err := c.Read(buf)
	require.NoError(t, err)
	answer := &stun.Message{Raw: buf[:n]}
	require.NoError(t, answer.Decode())
	require.Equal(t, m.TransactionID, answer.TransactionID)
	return answer
}

func TestBindingTellsTheClientItsAddress(t *testing.T) {
	s := listen(t)
	u, err := stun.ParseURI("stun:" + s.Addr().String())
	require.NoError(t, err)
	c, err := stun.DialURI(u, &stun.DialConfig{})
	require.NoError(t, err)
	defer c.Close()

	var mapped stun.XORMappedAddress
	require.NoError(t, c.Do(stun.MustBuild(stun.TransactionID, stun.BindingRequest), func(e stun.Event) {
		require.NoError(t, e.Error)
		require.Equal(t, stun.BindingSuccess, e.Message.Type)
		require.NoError(t, mapped.GetFrom(e.Message))
	}))
	require.True(t, mapped.IP.Equal(net.IPv4(127, 0, 0, 1)))
	require.NotZero(t, mapped.Port)
}

func TestMappedAddressIsTheSocketsOwn(t *testing.T) {
	s := listen(t)
	c := dial(t, s)
	answer := ask(t, c, stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.Fingerprint))

	var mapped stun.XORMappedAddress
	require.NoError(t, mapped.GetFrom(answer))
	require.Equal(t, c.LocalAddr().(*net.UDPAddr).Port, mapped.Port)
}

// transportUDP is REQUESTED-TRANSPORT: UDP (RFC 8656, 18.7).
var transportUDP = stun.RawAttribute{Type: stun.AttrRequestedTransport, Value: []byte{17, 0, 0, 0}}

func TestAllocationsAreRefusedWhereThereIsNoQuota(t *testing.T) {
	allocate := stun.NewType(stun.MethodAllocate, stun.ClassRequest)
	s := listen(t)
	c := dial(t, s)

	answer := ask(t, c, stun.MustBuild(stun.TransactionID, allocate, transportUDP))
	require.Equal(t, stun.ClassErrorResponse, answer.Type.Class)
	var code stun.ErrorCodeAttribute
	require.NoError(t, code.GetFrom(answer))
	require.Equal(t, stun.CodeUnauthorized, code.Code)

	var nonce stun.Nonce
	require.NoError(t, nonce.GetFrom(answer))
	for _, password := range []string{"", "secret"} {
		answer = ask(t, c, stun.MustBuild(stun.TransactionID, allocate, transportUDP,
			stun.NewUsername("user"), stun.NewRealm(Realm), nonce,
			stun.NewLongTermIntegrity("user", Realm, password), stun.Fingerprint))
		require.Equal(t, stun.ClassErrorResponse, answer.Type.Class)
		require.NoError(t, code.GetFrom(answer))
		require.Equal(t, stun.CodeBadRequest, code.Code)
	}
	require.Zero(t, s.AllocationCount())
}

func TestGarbageIsIgnored(t *testing.T) {
	s := listen(t)
	c := dial(t, s)
	for _, junk := range []string{"x", "GET / HTTP/1.1\r\n\r\n", "\x00\x01\xff\xff\x21\x12\xa4\x42abc", "\x40\x00\x00\x04abcd"} {
		_, err := c.Write([]byte(junk))
		require.NoError(t, err)
	}
	answer := ask(t, c, stun.MustBuild(stun.TransactionID, stun.BindingRequest))
	require.Equal(t, stun.BindingSuccess, answer.Type)
}

func TestTakenPort(t *testing.T) {
	s := listen(t)
	_, err := Listen(Options{Addr: s.Addr().String()})
	require.ErrorContains(t, err, "address already in use")
}
