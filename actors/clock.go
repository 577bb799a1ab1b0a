package actors

import "time"

// Clock is the time that a System lives by: what its coroutines sleep, how long a member
// lingers, how old a history grows. Package clocktest has one that a test moves by hand. Under
// testing/synctest none is needed: there the real one is the bubble's.
//
// Two things keep the real time whatever the clock is: the watchdog, because it watches how
// long code runs, and the sockets of package gateway, because their peers live in it.
type Clock interface {
	// Now is the time. It never goes back, as time.Now with its monotonic reading does not.
	Now() time.Time
	// AfterFunc has f called, on any goroutine, once d has passed. f does not block, and may be
	// called a little late, but not early: Now is then at least d later.
	AfterFunc(d time.Duration, f func()) Alarm
}

// Alarm is what Clock.AfterFunc has set. *time.Timer is one.
type Alarm interface {
	// Reset sets it again, d from now, also where it has rung or was stopped.
	Reset(d time.Duration) bool
	// Stop is false where it has rung, or was stopped.
	Stop() bool
}

var _ Alarm = (*time.Timer)(nil)

// Now is the time by the system's clock. The real one is asked without a detour: every turn of
// a room does.
func (s *System) Now() time.Time {
	if s.options.Clock == nil {
		return time.Now()
	}
	return s.options.Clock.Now()
}

func (s *System) afterFunc(d time.Duration, f func()) Alarm {
	if s.options.Clock == nil {
		return time.AfterFunc(d, f)
	}
	return s.options.Clock.AfterFunc(d, f)
}

// Now is the time by the system's clock: what a behaviour asks instead of time.Now. It may be
// called from anywhere.
func (r *Room) Now() time.Time { return r.sys.Now() }
