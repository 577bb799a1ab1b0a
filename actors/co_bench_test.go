package actors

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkSwitch is one coroutine after another, each once: resume, and park again.
func BenchmarkSwitch(b *testing.B) {
	r := newRig(b, Options{})
	l := &loop{room: &Room{sys: r.sys}}
	for range 2 {
		l.start(func(co *Co) error {
			for co.Yield() == nil {
			}
			return nil
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		l.step(l.ready.pop())
	}
	l.stop()
}

// BenchmarkGoroutineSwitch is what a switch costs between two goroutines, over channels.
func BenchmarkGoroutineSwitch(b *testing.B) {
	there, back := make(chan struct{}), make(chan struct{})
	go func() {
		for range there {
			back <- struct{}{}
		}
		close(back)
	}()
	b.ReportAllocs()
	for b.Loop() { // two switches
		there <- struct{}{}
		<-back
	}
	close(there)
	<-back
}

// BenchmarkRecv is the round trip of an event that a behaviour answers: the room's mailbox, a
// Recv, an event back.
func BenchmarkRecv(b *testing.B) {
	s := newStage(b, func(co *Co, room *Room) error {
		for {
			e, err := co.Recv()
			if err != nil {
				return err
			}
			if e.Kind == Sent {
				_ = room.Send(e.Member.ID, "echo", e.Data)
			}
		}
	})
	c, _ := s.enter()
	frame := []byte(`{"type":"send","room":"stage","event":"e","data":"0123456789"}`)
	b.ReportAllocs()
	for b.Loop() {
		require.NotZero(b, c.relay(frame, []*client{c}))
	}
	s.end(c)
}

// BenchmarkRelayBesideABehaviour is BenchmarkRecv's ground: the same room with a behaviour
// that takes events and says nothing.
func BenchmarkRelayBesideABehaviour(b *testing.B) {
	s := newStage(b, func(co *Co, room *Room) error {
		for {
			if _, err := co.Recv(); err != nil {
				return err
			}
		}
	})
	a, _ := s.enter()
	c, _ := s.enter()
	a.discard()
	frame := []byte(`{"type":"send","room":"stage","event":"e","data":"0123456789"}`)
	b.ReportAllocs()
	for b.Loop() {
		require.NotZero(b, a.relay(frame, []*client{c}))
	}
	s.end(a, c)
}

const manyRooms = 100_000

// BenchmarkSleepingRooms is what a room with one member and a sleeping behaviour costs.
func BenchmarkSleepingRooms(b *testing.B) {
	for name, behavior := range map[string]Behavior{
		"plain":    nil,
		"sleeping": func(co *Co, _ *Room) error { return co.Sleep(time.Hour) },
		"ten": func(co *Co, _ *Room) error {
			for range 9 {
				co.Go(func(co *Co) error { return co.Sleep(time.Hour) })
			}
			return co.Sleep(time.Hour)
		},
	} {
		b.Run(name, func(b *testing.B) {
			rooms := manyRooms
			if name == "ten" {
				rooms /= 10
			}
			for b.Loop() {
				r := newRig(b, Options{})
				if behavior != nil {
					require.NoError(b, r.sys.Behavior("*", behavior))
				}
				var clients []*client
				before := memory()
				for i := range rooms {
					c := r.connect()
					c.say(fmt.Sprintf(`{"type":"join","room":"%d","presence":false}`, i))
					r.settle()
					c.discard()
					clients = append(clients, c)
				}
				b.ReportMetric(float64(memory()-before)/float64(rooms), "B/room")
				begin := time.Now()
				for _, c := range clients {
					c.conn.Ended(true)
					r.settle()
				}
				b.ReportMetric(time.Since(begin).Seconds(), "s/unwind")
				require.Zero(b, r.sys.Stats().Rooms)
			}
		})
	}
}

// BenchmarkSleepingGoroutines is the same job by hand, and nothing of what a room does besides:
// a room that is one goroutine, which waits for its mailbox channel and for its time in one
// select; and one that is two, its behaviour being sequential code of its own that sleeps.
func BenchmarkSleepingGoroutines(b *testing.B) {
	for name, room := range map[string]func(mailbox <-chan []byte, stop <-chan struct{}, gone func()){
		"one": oneGoroutine, "two": twoGoroutines,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				stop := make(chan struct{})
				var gone sync.WaitGroup
				mailboxes := make([]chan []byte, manyRooms)
				before := memory()
				for i := range mailboxes {
					mailboxes[i] = make(chan []byte, 2)
					gone.Add(1)
					room(mailboxes[i], stop, gone.Done)
				}
				b.ReportMetric(float64(memory()-before)/manyRooms, "B/room")
				begin := time.Now()
				close(stop)
				gone.Wait()
				b.ReportMetric(time.Since(begin).Seconds(), "s/unwind")
				runtime.KeepAlive(mailboxes)
			}
		})
	}
}

func oneGoroutine(mailbox <-chan []byte, stop <-chan struct{}, gone func()) {
	go func() {
		defer gone()
		t := time.NewTimer(time.Hour)
		defer t.Stop()
		select {
		case <-mailbox:
		case <-t.C:
		case <-stop:
		}
	}()
}

func twoGoroutines(mailbox <-chan []byte, stop <-chan struct{}, gone func()) {
	wake := make(chan struct{})
	go func() { // the behaviour
		defer close(wake)
		t := time.NewTimer(time.Hour)
		defer t.Stop()
		select {
		case <-t.C:
		case <-stop:
		}
	}()
	go func() { // the room
		defer gone()
		select {
		case <-mailbox:
		case <-wake:
		case <-stop:
		}
		<-wake
	}()
}

// memory is what the process holds of heap and stacks.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
