package client

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/parley-signaling/parley/gateway/poll"
)

// timerFD is a descriptor among the sockets: exact to some 50 µs, where Go's timers round
// up to a millisecond, which would count as latency.
type timerFD struct {
	fd   int
	conn poll.Conn
}

func newAlarm(p *poll.Poller) (alarm, error) {
	if !p.Descriptors() {
		return newWaker(p), nil
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	t := &timerFD{fd: fd}
	if err := p.AddFD(&t.conn, fd, alarmToken); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return t, nil
}

// set cannot fail: the descriptor is a timer and the time is positive.
func (t *timerFD) set(in time.Duration) {
	_ = unix.TimerfdSettime(t.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(in))}, nil)
}

func (t *timerFD) clear() {
	var count [8]byte
	_, _ = t.conn.Read(count[:])
}

func (t *timerFD) close() { unix.Close(t.fd) }
