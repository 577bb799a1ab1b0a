package fake

import (
	"encoding/json"
	"net"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"
)

// frame is what the clients of y-webrtc and trystero say.
type frame struct {
	Type   string   `json:"type"`
	Topics []string `json:"topics"` // y-webrtc, to subscribe
	Topic  string   `json:"topic"`  // trystero; either, to publish
}

// Topics starts a server for the dialects y-webrtc and trystero, which does right: it sends
// what is published to all subscribers, the publisher too.
func Topics(t testing.TB) (url string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &topics{subscribers: map[string]map[net.Conn]bool{}}
	s.done.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.done.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { ln.Close(); s.done.Wait() })
	return "ws://" + ln.Addr().String() + "/"
}

type topics struct {
	done        sync.WaitGroup
	mu          sync.Mutex
	subscribers map[string]map[net.Conn]bool
}

func (s *topics) serve(c net.Conn) {
	defer c.Close()
	defer s.each(func(m map[net.Conn]bool) { delete(m, c) })
	if _, err := ws.Upgrade(c); err != nil {
		return
	}
	for {
		b, err := wsutil.ReadClientText(&locked{c, &s.mu})
		var f frame
		if err != nil || json.Unmarshal(b, &f) != nil {
			return
		}
		s.handle(c, f, b)
	}
}

func (s *topics) each(do func(map[net.Conn]bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.subscribers {
		do(m)
	}
}

func (s *topics) handle(c net.Conn, f frame, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, topic := range append(f.Topics, f.Topic) {
		switch m := s.subscribers[topic]; {
		case f.Type == "subscribe" && m == nil:
			s.subscribers[topic] = map[net.Conn]bool{c: true}
		case f.Type == "subscribe":
			m[c] = true
		case f.Type == "unsubscribe":
			delete(m, c)
		case f.Type == "publish":
			for to := range m {
				_ = wsutil.WriteServerText(to, b)
			}
		}
	}
}
