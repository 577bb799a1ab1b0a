package ice

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggers hands pion's parts a logger each. What pion calls an error is a bad packet of some
// client, so nothing of it is louder than debug here.
//
// All of it is about clients by their addresses: it is discarded where those are not to be logged.
type loggers struct {
	log       *slog.Logger
	addresses bool
}

func (l loggers) NewLogger(scope string) logging.LeveledLogger {
	if !l.addresses {
		return leveled{slog.New(slog.DiscardHandler)}
	}
	return leveled{l.log.With("scope", scope)}
}

type leveled struct{ log *slog.Logger }

// The two levels below slog's debug.
const (
	levelTrace = slog.LevelDebug - 4
	levelDebug = slog.LevelDebug
)

func (l leveled) say(level slog.Level, format string, args ...any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, "ice: "+fmt.Sprintf(format, args...))
	}
}

func (l leveled) Trace(m string)            { l.say(levelTrace, "%s", m) }
func (l leveled) Tracef(f string, a ...any) { l.say(levelTrace, f, a...) }
func (l leveled) Debug(m string)            { l.say(levelTrace, "%s", m) }
func (l leveled) Debugf(f string, a ...any) { l.say(levelTrace, f, a...) }
func (l leveled) Info(m string)             { l.say(levelDebug, "%s", m) }
func (l leveled) Infof(f string, a ...any)  { l.say(levelDebug, f, a...) }
func (l leveled) Warn(m string)             { l.say(levelDebug, "%s", m) }
func (l leveled) Warnf(f string, a ...any)  { l.say(levelDebug, f, a...) }
func (l leveled) Error(m string)            { l.say(levelDebug, "%s", m) }
func (l leveled) Errorf(f string, a ...any) { l.say(levelDebug, f, a...) }
