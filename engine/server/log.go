package server

import (
	"context"
	"log/slog"

	"github.com/parley-signaling/parley/actors"
)

// memberLog logs the comings and goings in rooms. It tells neither keys nor profiles.
type memberLog struct{ log *slog.Logger }

var _ actors.Observer = memberLog{}

// memberLog is what logs comings and goings; nil where that is not wanted.
func (c Config) memberLog() actors.Observer {
	if !c.Logger.Enabled(context.Background(), slog.LevelDebug) {
		return nil
	}
	return memberLog{c.Logger}
}

var noticeNames = map[actors.NoticeKind]string{
	actors.RoomStarted: "room started", actors.RoomEnded: "room ended",
	actors.MemberJoined: "member joined", actors.MemberSuspended: "member suspended",
	actors.MemberResumed: "member resumed", actors.MemberLeft: "member left",
}

// Observe implements actors.Observer.
func (l memberLog) Observe(n actors.Notice) {
	args := []any{"room", n.Name}
	if n.Namespace != "" {
		args = append(args, "namespace", n.Namespace)
	}
	if n.Member.ID != "" {
		args = append(args, "member", n.Member.ID)
	}
	if n.Member.Connection != "" {
		args = append(args, "conn", n.Member.Connection)
	}
	if n.Reason != "" {
		args = append(args, "reason", n.Reason)
	}
	l.log.Debug(noticeNames[n.Kind], append(args, "members", n.Members)...)
}
