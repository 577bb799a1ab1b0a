package actors

import "strings"

// disconnect asks a connection's actor to end.
type disconnect struct{ end Close }

var endClosed = Close{Code: CloseNormal, Reason: "closed"}

// Disconnect ends a connection in good order, as Conn.Close does: what is queued is written
// first. The id is that of its actor (Conn.PID, MemberInfo.Connection). It does not wait, and is
// false where there is no such connection. Members linger, but for those whose client closes with
// 1000 in turn.
func (s *System) Disconnect(connection string, end Close) bool {
	id, ok := strings.CutPrefix(connection, connKind+"/")
	if !ok {
		return false
	}
	pid := s.engine.Registry.GetPID(connKind, id)
	if pid == nil {
		return false
	}
	s.engine.SendLocal(pid, disconnect{end}, nil)
	return true
}

// connKind begins the ids of connections' actors.
const connKind = "conn"

// shutDown may be called from anywhere.
func (c *Conn) shutDown(end Close) { c.tell(note{what: noteShutdown, end: end}) }
