package plain

import (
	"io"

	"github.com/gobwas/ws"
)

func (s *Server) join(name string, m *member) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[name]
	if r == nil {
		r = &room{members: map[*member]struct{}{}}
		s.rooms[name] = r
	}
	r.mu.Lock()
	r.members[m] = struct{}{}
	r.mu.Unlock()
	return r
}

func (s *Server) leave(name string, r *room, m *member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.members, m)
	if len(r.members) == 0 {
		delete(s.rooms, name)
	}
}

func readMasked(in io.Reader, b []byte, mask [4]byte) error {
	if _, err := io.ReadFull(in, b); err != nil {
		return err
	}
	ws.Cipher(b, mask, 0)
	return nil
}
