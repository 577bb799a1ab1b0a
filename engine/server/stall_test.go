package server

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// pipes is a listener in memory.
type pipes struct {
	conns chan net.Conn
	close func()
}

func listenPipes() *pipes {
	l := &pipes{conns: make(chan net.Conn)}
	l.close = sync.OnceFunc(func() { close(l.conns) })
	return l
}

func (l *pipes) Accept() (net.Conn, error) {
	nc, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return nc, nil
}

func (l *pipes) Close() error   { l.close(); return nil }
func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// stalls asks for something and never sends the body that it announces, and returns the answer's status once
// the server has closed the connection.
func stalls(t *testing.T, server *http.Server) (status int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ln := listenPipes()
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(ln) })
		theirs, ours := net.Pipe()
		ln.conns <- theirs
		_, err := io.WriteString(ours, "POST /api/v1/rooms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
		require.NoError(t, err)
		reader := bufio.NewReader(ours)
		res, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		status = res.StatusCode
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		_, err = reader.ReadByte() // without a deadline it waits for ever
		require.Error(t, err)
		require.NoError(t, ours.Close())
		require.NoError(t, server.Close())
		serving.Wait()
	})
	return status
}

func TestNobodyHoldsUpARedirectByABodyThatDoesNotCome(t *testing.T) {
	require.Equal(t, http.StatusPermanentRedirect, stalls(t, redirectServer(redirect(""))))
}

func TestNobodyHoldsUpTheOperatorsListenerByABodyThatDoesNotCome(t *testing.T) {
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	require.Equal(t, http.StatusUnauthorized, stalls(t, operatorsServer(http.HandlerFunc(refuse))))
}
