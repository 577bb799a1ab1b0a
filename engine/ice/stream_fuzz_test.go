package ice

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// canned is a connection whose bytes are all there.
type canned struct {
	net.Conn
	r *bytes.Reader
}

func (c canned) Read(b []byte) (int, error)      { return c.r.Read(b) }
func (c canned) SetReadDeadline(time.Time) error { return nil }
func (c canned) RemoteAddr() net.Addr            { return &net.TCPAddr{} }

// FuzzStream: whatever a client sends, it is cut into whole frames, none of them empty, and
// nothing is left out before the first that cannot be one.
func FuzzStream(f *testing.F) {
	f.Add([]byte("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl\x40\x00\x00\x05hello\x00\x00\x00"))
	f.Add([]byte("\x40\x00\xff\xec"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newStream(canned{r: bytes.NewReader(b)}, &streams{busy: func(net.Addr) bool { return false }})
		buf := make([]byte, 1600)
		for rest := b; ; {
			n, err := s.Read(buf)
			if err != nil {
				if len(rest) >= 4 {
					size, err := frameSize(rest)
					require.True(t, err != nil || size > len(rest), "a whole frame was refused")
				}
				return
			}
			require.GreaterOrEqual(t, n, 4)
			require.Equal(t, rest[:n], buf[:n])
			rest = rest[n:]
		}
	})
}
