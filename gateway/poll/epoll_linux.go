//go:build amd64 || arm64

package poll

import (
	"os"
	"sync"
	"syscall"
	"unsafe"
)

const haveEpoll = true

// maxEvents bounds the events of one look at the kernel.
const maxEvents = 128

// wakeToken marks the eventfd. No owner uses it: tokens of sockets come from Poller.AddFD.
const wakeToken = ^uint64(0)

// epoll watches bare descriptors for one goroutine.
type epoll struct {
	// Static after construction
	fd   int
	file *os.File // fd, in Go's network poller
	raw  syscall.RawConn
	look func(uintptr) bool // poll, as the callback of raw.Read

	// Guarded by mu: a late signal must not meet a descriptor that has changed hands
	mu   sync.Mutex
	wake int // an eventfd; -1: closed

	// Owned by the poller's owner
	n      int // events of the last look
	err    error
	events [maxEvents]syscall.EpollEvent
	iovecs [maxBufs]syscall.Iovec
}

func newEpoll() (*epoll, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// os.NewFile hands a descriptor to Go's network poller only if it is non-blocking.
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	e := &epoll{fd: fd, wake: -1, file: os.NewFile(uintptr(fd), "epoll")}
	e.look = func(uintptr) bool { return e.poll(maxEvents) }
	if e.raw, err = e.file.SyscallConn(); err == nil {
		err = e.addWake()
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *epoll) addWake() error {
	r, _, errno := syscall.RawSyscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return os.NewSyscallError("eventfd2", errno)
	}
	e.wake = int(r)
	return e.add(e.wake, wakeToken)
}

func (e *epoll) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wake >= 0 {
		syscall.Close(e.wake)
		e.wake = -1
	}
	return e.file.Close()
}

// poll looks without waiting and reports whether there is something to return for.
func (e *epoll) poll(room int) bool {
	e.n, e.err = epollWait(e.fd, e.events[:min(room, maxEvents)])
	return e.n > 0 || e.err != nil
}

// wait appends what is ready to evs.
func (e *epoll) wait(evs []Event, block bool) ([]Event, error) {
	if !block {
		e.poll(cap(evs) - len(evs))
	} else if err := e.raw.Read(e.look); err != nil {
		return evs, err
	}
	for i := range e.events[:e.n] {
		ev := &e.events[i]
		token := uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32
		if token == wakeToken {
			e.drain()
			continue
		}
		evs = append(evs, Event{
			Token:    token,
			Readable: ev.Events&syscall.EPOLLIN != 0,
			Writable: ev.Events&syscall.EPOLLOUT != 0,
			Hangup:   ev.Events&(syscall.EPOLLHUP|syscall.EPOLLERR) != 0,
		})
	}
	return evs, e.err
}

// signal makes the eventfd readable. From anywhere.
func (e *epoll) signal() {
	one := [8]byte{7: 1}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.wake >= 0 {
		rawWrite(e.wake, one[:]) // EAGAIN: the counter is full, so it is readable already
	}
}

func (e *epoll) drain() {
	var b [8]byte
	rawRead(e.wake, b[:])
}

func (e *epoll) control(op, fd int, token uint64, events uint32) error {
	ev := syscall.EpollEvent{Events: events, Fd: int32(uint32(token)), Pad: int32(uint32(token >> 32))}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(e.fd, op, fd, &ev))
}

func (e *epoll) add(fd int, token uint64) error {
	return e.control(syscall.EPOLL_CTL_ADD, fd, token, syscall.EPOLLIN)
}

func (e *epoll) modify(fd int, token uint64, read, write bool) error {
	var events uint32
	if read {
		events |= syscall.EPOLLIN
	}
	if write {
		events |= syscall.EPOLLOUT
	}
	return e.control(syscall.EPOLL_CTL_MOD, fd, token, events)
}

// remove leaves fd as it is, unwatched. It cannot fail for a descriptor that was added.
func (e *epoll) remove(fd int) { e.control(syscall.EPOLL_CTL_DEL, fd, 0, 0) }

// writev writes bufs in one system call.
func (e *epoll) writev(fd int, bufs [][]byte) (int, error) {
	if len(bufs) == 1 {
		return result(rawWrite(fd, bufs[0]))
	}
	n := 0
	for _, b := range bufs[:min(len(bufs), maxBufs)] {
		if len(b) > 0 {
			e.iovecs[n] = syscall.Iovec{Base: unsafe.SliceData(b), Len: uint64(len(b))}
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	r, err := result(rawWritev(fd, e.iovecs[:n]))
	clear(e.iovecs[:n]) // so that they keep nothing alive
	return r, err
}
