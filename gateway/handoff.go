package gateway

import "bytes"

// handOff gives a connection to net/http, with the bytes already read in front.
func (s *shard) handOff(k *socket, read []byte) {
	read = bytes.Clone(read)
	fd, ok := k.conn.Release()
	s.forget(k)
	if !ok { // only descriptors are read from before net/http is
		return
	}
	if !s.g.web.handed.push(handoff{fd, read, k.key}) {
		closeFD(fd)
		s.g.o.Quota.Leave(k.key)
	}
}
