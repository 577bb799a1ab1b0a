package gateway

import (
	"testing"

	"github.com/gobwas/ws"
)

func TestEcho(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.ws(t, "/echo")
		p.write(text("hello"))
		p.want(ws.OpText, "hello")
		p.write(ping("you there?") + binaryMsg("\x00\xff"))
		p.want(ws.OpPong, "you there?")
		p.want(ws.OpBinary, "\x00\xff")
		p.write(closing(1000, "done"))
		p.wantClose(1000)
		p.wantEnd()
	})
}
