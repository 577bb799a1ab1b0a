package roomtest

import (
	"context"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing/synctest"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// InMemory returns a Target over a System without sockets. It must be made and used in a
// testing/synctest bubble, whose clock it moves, or o.Clock where that is a clocktest.Clock.
// prepare has the system before anybody is connected. stop ends it.
func InMemory(o actors.Options, seed uint64, prepare ...func(*actors.System) error) (t Target, stop func() error, err error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	sys, err := actors.NewSystem(o)
	if err != nil {
		return Target{}, nil, err
	}
	for _, f := range prepare {
		if err := f(sys); err != nil {
			return Target{}, nil, err
		}
	}
	pass := time.Sleep
	if c, fake := o.Clock.(interface{ Advance(time.Duration) }); fake {
		pass = c.Advance
	}
	var mu sync.Mutex
	rng := rand.New(rand.NewPCG(seed, 2))
	t = Target{
		Dial: func(c wire.Codec) (Line, error) {
			mu.Lock()
			defer mu.Unlock()
			return newMemoryLine(sys, c, rng.Uint64()), nil
		},
		Settle: func(try func() error) error {
			synctest.Wait()
			return try()
		},
		Advance: func(d time.Duration) {
			pass(d)
			synctest.Wait()
		},
		Now:    sys.Now,
		Linger: o.Linger, Slack: time.Second, Capacity: o.RoomCapacity, Queue: o.QueueBytes,
	}
	return t, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return sys.Close(ctx)
	}, nil
}

// prefixed frames a message with its length. It is comparable, as a Format must be.
type prefixed struct{ codec wire.Codec }

func (f prefixed) Append(dst []byte, m wire.Message) []byte {
	at := len(dst)
	dst = m.AppendTo(append(dst, 0, 0, 0, 0), f.codec)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// memoryLine carries frames between a client and an actors.Conn, which its run goroutine owns.
type memoryLine struct {
	codec wire.Codec
	conn  *actors.Conn
	ready chan struct{}

	// Guarded by mu
	mu     sync.Mutex
	change sync.Cond
	up     [][]byte // frames for the engine
	end    string   // "drop" or "clean": the client's wish, after up
	stall  bool
	down   []byte // bytes from the engine
	over   bool
	code   int

	// Owned by run
	rng *rand.Rand
}

func newMemoryLine(sys *actors.System, c wire.Codec, seed uint64) *memoryLine {
	l := &memoryLine{codec: c, ready: make(chan struct{}, 1), rng: rand.New(rand.NewPCG(seed, 3))}
	l.change.L = &l.mu
	l.conn = sys.Connect(actors.ConnOptions{Format: prefixed{c}, Transport: l})
	go l.run()
	return l
}

// Ready implements actors.Transport.
func (l *memoryLine) Ready() { l.wake() }

func (l *memoryLine) wake() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// run is the connection's owner: it reads, writes and ends it.
func (l *memoryLine) run() {
	for range l.ready {
		for l.turn() {
		}
		if l.finished() {
			return
		}
	}
}

// turn writes what waits, then reads one frame. It is false when there is nothing to do.
func (l *memoryLine) turn() bool {
	l.mu.Lock()
	stalled := l.stall
	l.mu.Unlock()
	var iov [4][]byte
	out := l.conn.Pending(iov[:0])
	if len(out) > 0 && !stalled {
		l.write(out)
		return true
	}
	if c, closing := l.conn.Closing(); closing { // also where a stalled reader holds up the bye
		l.finish(c.Code, false)
		return false
	}
	if l.conn.Blocked() {
		return false
	}
	l.mu.Lock()
	if len(l.up) == 0 {
		end := l.end
		l.mu.Unlock()
		if end != "" {
			l.finish(0, end == "clean")
		}
		return false
	}
	frame := l.up[0]
	l.up = l.up[1:]
	l.mu.Unlock()
	l.receive(frame)
	return true
}

// write takes some or all of the bytes, as a socket does.
func (l *memoryLine) write(out [][]byte) {
	var all []byte
	for _, b := range out {
		all = append(all, b...)
	}
	n := len(all)
	if l.rng.IntN(4) == 0 {
		n = 1 + l.rng.IntN(n)
	}
	l.mu.Lock()
	l.down = append(l.down, all[:n]...)
	l.change.Broadcast()
	l.mu.Unlock()
	l.conn.Wrote(n)
}

func (l *memoryLine) receive(frame []byte) {
	r := actors.NewRequest()
	if err := wire.Decode(l.codec, frame, r); err != nil {
		l.conn.Refuse(err.(*wire.Error))
		return
	}
	l.conn.Do(r)
}

func (l *memoryLine) finish(code int, clean bool) {
	l.conn.Ended(clean)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over, l.code = true, code
	l.change.Broadcast()
}

func (l *memoryLine) finished() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// Send implements Line.
func (l *memoryLine) Send(frame []byte) {
	l.mu.Lock()
	if l.end == "" {
		l.up = append(l.up, frame)
	}
	l.mu.Unlock()
	l.wake()
}

// Drop implements Line.
func (l *memoryLine) Drop() { l.hangUp("drop") }

// CloseClean implements Line.
func (l *memoryLine) CloseClean() { l.hangUp("clean") }

func (l *memoryLine) hangUp(how string) {
	l.mu.Lock()
	if l.end == "" {
		l.end = how
	}
	l.mu.Unlock()
	l.wake()
}

// Stall implements Staller.
func (l *memoryLine) Stall(stalled bool) {
	l.mu.Lock()
	l.stall = stalled
	l.mu.Unlock()
	l.wake()
}

// Recv implements Line.
func (l *memoryLine) Recv() ([]byte, int, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if len(l.down) >= 4 {
			if n := 4 + int(binary.BigEndian.Uint32(l.down)); len(l.down) >= n {
				frame := append([]byte(nil), l.down[4:n]...)
				l.down = l.down[n:]
				return frame, 0, true
			}
		}
		if l.over {
			return nil, l.code, false
		}
		l.change.Wait()
	}
}
