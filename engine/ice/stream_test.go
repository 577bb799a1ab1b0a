package ice

import (
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSilentStreamsEnd(t *testing.T) {
	for relayed, patience := range map[bool]time.Duration{false: firstPatience, true: relayPatience} {
		synctest.Test(t, func(t *testing.T) {
			near, far := net.Pipe()
			defer far.Close()
			s := newStream(near, &streams{busy: func(net.Addr) bool { return relayed }})
			start := time.Now()
			_, err := s.Read(make([]byte, 1600))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			require.Equal(t, patience, time.Since(start))
			require.NoError(t, s.Close())
		})
	}
}

// A frame that comes byte by byte is read, but not for ever.
func TestSlowFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		s := newStream(near, &streams{busy: func(net.Addr) bool { return false }})
		frame := []byte("\x40\x00\x00\x06abcdef\x00\x00")
		go func() {
			for _, b := range append(frame, frame[:2]...) { // the second frame never comes to its end
				_, _ = far.Write([]byte{b})
				time.Sleep(time.Second)
			}
		}()
		buf := make([]byte, 1600)
		n, err := s.Read(buf)
		require.NoError(t, err)
		require.Equal(t, frame, buf[:n])
		_, err = s.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, s.Close())
	})
}

// Who does not read what is relayed to it is cut off, so that it holds nobody up.
func TestUnreadStreamsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		s := newStream(near, &streams{})
		_, err := s.Write([]byte("nobody reads this"))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		_, err = far.Read(make([]byte, 1))
		require.Error(t, err, "closed")
	})
}

func TestStreamsAreCounted(t *testing.T) {
	l := &streams{conns: map[*stream]struct{}{}}
	var last *stream
	for range maxStreams {
		last = l.admit(&net.TCPConn{})
		require.NotNil(t, last)
	}
	require.Nil(t, l.admit(&net.TCPConn{}))
	_ = last.Close()
	require.NotNil(t, l.admit(&net.TCPConn{}))
}
