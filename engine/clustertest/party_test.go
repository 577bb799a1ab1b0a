package clustertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

const roomCount = 24 // so many that each of three engines is home to some, but for one time in five thousand

// pace is that of a talker: a client, which is in all rooms, stays below the 1,000 messages a second that it may send.
const pace = 2 * roomCount * time.Millisecond

// party is a member of each room on every engine, and all that they are told.
type party struct {
	t       *testing.T
	clients []*client.Client
	members [][]*member // by engine, by room
}

// member sends numbers, and checks those of the others.
type member struct {
	name string
	room *client.Room

	speaks sync.Mutex // its numbers are sent in their order

	mu      sync.Mutex
	next    int            // the number that it sends next
	sent    map[int]bool   // acknowledged ones
	skipped map[int]error  // why it has given up which, for a later one
	last    map[string]int // the last number of each other member
	lives   map[string]int // how many gaps there were before that
	got     map[string]map[int]bool
	jumps   []jump
	wrong   []string // what should not have come
	gaps    []client.Gap
	told    chan struct{} // has room for one: something has come
}

// jump is numbers that were not heard although no gap was told of.
type jump struct {
	of         string
	from, upTo int // exclusive both
}

// number is what they send each other.
type number struct {
	From string `json:"from"`
	N    int    `json:"n"`
}

// throw makes a party. Whose engine is gone connects to the next.
func throw(t *testing.T, engines []*process) *party {
	t.Helper()
	p := &party{t: t}
	for i := range engines {
		dial := func(ctx context.Context, network, _ string) (nc net.Conn, err error) {
			for k := range engines {
				var d net.Dialer
				if nc, err = d.DialContext(ctx, network, engines[(i+k)%len(engines)].addr); err == nil {
					return nc, nil
				}
			}
			return nil, err
		}
		c, err := client.Dial(t.Context(), "ws://"+engines[i].addr+"/ws", client.Options{NetDial: dial})
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		p.clients = append(p.clients, c)
		var members []*member
		for r := range roomCount {
			room, err := c.Join(t.Context(), fmt.Sprint("room-", r), client.JoinOptions{})
			require.NoError(t, err)
			m := &member{name: fmt.Sprint("m", i), room: room, sent: map[int]bool{}, skipped: map[int]error{}, last: map[string]int{}, lives: map[string]int{}, got: map[string]map[int]bool{}, told: make(chan struct{}, 1)}
			go m.listen()
			members = append(members, m)
		}
		p.members = append(p.members, members)
	}
	return p
}

func (m *member) listen() {
	for e := range m.room.Events() {
		m.mu.Lock()
		switch e := e.(type) {
		case client.Message:
			m.take(e)
		case client.Gap:
			m.gaps = append(m.gaps, e)
		}
		m.mu.Unlock()
		select {
		case m.told <- struct{}{}:
		default:
		}
	}
}

// take checks that a message is the next one of its sender: after a gap, a later one.
func (m *member) take(e client.Message) {
	var n number
	if err := e.Decode(&n); err != nil {
		m.wrong = append(m.wrong, err.Error())
		return
	}
	switch last := m.last[n.From]; {
	case n.N <= last:
		m.wrong = append(m.wrong, fmt.Sprintf("%s: %d of %s after %d; heard before: %t", m.room.Name(), n.N, n.From, last, m.got[n.From][n.N]))
	case n.N != last+1 && len(m.gaps) == m.lives[n.From]:
		m.jumps = append(m.jumps, jump{n.From, last, n.N})
	}
	m.last[n.From], m.lives[n.From] = n.N, len(m.gaps)
	if m.got[n.From] == nil {
		m.got[n.From] = map[int]bool{}
	}
	m.got[n.From][n.N] = true
}

// say sends the next number, and again where the room has begun anew in the meantime.
func (m *member) say(ctx context.Context) error {
	m.speaks.Lock()
	defer m.speaks.Unlock()
	for {
		m.mu.Lock()
		m.next++
		n := m.next
		m.mu.Unlock()
		_, err := m.room.Send(ctx, "n", number{m.name, n})
		switch {
		case err == nil:
			m.mu.Lock()
			m.sent[n] = true
			m.mu.Unlock()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, client.ErrInterrupted) && !transient(err):
			return err
		}
		m.mu.Lock()
		m.skipped[n] = err
		m.mu.Unlock()
	}
}

// transient tells whether the engine asks to come again.
func transient(err error) bool {
	var e *client.Error
	return errors.As(err, &e) && (e.Code == wire.Unavailable || e.Code == wire.Overloaded)
}

// heard waits until m has the last number that from has sent.
func (m *member) heard(ctx context.Context, from *member) error {
	from.mu.Lock()
	want := from.next
	from.mu.Unlock()
	for {
		m.mu.Lock()
		ok := m.last[from.name] >= want
		m.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-m.told:
		case <-ctx.Done():
			return fmt.Errorf("%s: %s has not heard %d of %s: %w", m.room.Name(), m.name, want, from.name, ctx.Err())
		}
	}
}

// round has members of every room on these engines speak once, and waits until all of them have heard it.
func (p *party) round(engines ...int) {
	p.t.Helper()
	p.roundUntil(func() bool { return false }, engines...)
}

// roundUntil is a round. It returns how many rooms were through with it before something had happened.
func (p *party) roundUntil(happened func() bool, engines ...int) (before int) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	type end struct {
		err   error
		early bool
	}
	ends := make(chan end, roomCount)
	for r := range roomCount {
		go func() {
			err := p.roundOf(ctx, r, engines)
			ends <- end{err, !happened()}
		}()
	}
	for range roomCount {
		e := <-ends
		require.NoError(p.t, e.err)
		if e.early {
			before++
		}
	}
	return before
}

func (p *party) roundOf(ctx context.Context, r int, engines []int) error {
	for _, i := range engines {
		if err := p.members[i][r].say(ctx); err != nil {
			return fmt.Errorf("room-%d: m%d: %w", r, i, err)
		}
	}
	for _, i := range engines {
		for _, k := range engines {
			if i != k {
				if err := p.members[i][r].heard(ctx, p.members[k][r]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// chatter has everybody speak all the time, until the function that it returns is called.
func (p *party) chatter() (stop func()) {
	return p.chatterOf(0, 1, 2)
}

// chatterOf has those on these engines speak.
func (p *party) chatterOf(engines ...int) (stop func()) {
	ctx, cancel := context.WithCancel(p.t.Context())
	var all sync.WaitGroup
	for _, i := range engines {
		for _, m := range p.members[i] {
			all.Go(func() {
				for ctx.Err() == nil {
					if err := m.say(p.t.Context()); err != nil {
						m.mu.Lock()
						m.wrong = append(m.wrong, err.Error())
						m.mu.Unlock()
						return
					}
					time.Sleep(pace)
				}
			})
		}
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// mark notes what everybody on an engine has said so far.
func (p *party) mark(engine int) (said []int) {
	for _, m := range p.members[engine] {
		m.mu.Lock()
		said = append(said, m.next)
		m.mu.Unlock()
	}
	return said
}

// allHeard requires that whatever was acknowledged to somebody on an engine since, those on the others have heard: there was one owner.
func (p *party) allHeard(engine int, since []int, others ...int) {
	p.t.Helper()
	for r, m := range p.members[engine] {
		m.mu.Lock()
		sent := maps.Clone(m.sent)
		m.mu.Unlock()
		for _, i := range others {
			o := p.members[i][r]
			o.mu.Lock()
			for n := range sent {
				require.True(p.t, n <= since[r] || o.got[m.name][n], "%s: %d of %s was acknowledged, and %s has not heard it", m.room.Name(), n, m.name, o.name)
			}
			o.mu.Unlock()
		}
	}
}

// right requires that nobody was told anything wrong, and returns how many rooms have begun anew for somebody.
func (p *party) right() (gaps int) {
	p.t.Helper()
	for _, members := range p.members {
		for _, m := range members {
			m.mu.Lock()
			wrong, jumps := slices.Clone(m.wrong), slices.Clone(m.jumps)
			if len(m.gaps) > 0 {
				gaps++
			}
			m.mu.Unlock()
			require.Empty(p.t, wrong, "%s in %s", m.name, m.room.Name())
			for _, j := range jumps {
				p.gaveUp(m.room.Name(), j)
			}
		}
	}
	return gaps
}

// gaveUp requires that what somebody has not heard of a member was given up by that one, and so has not been acknowledged.
func (p *party) gaveUp(room string, j jump) {
	p.t.Helper()
	for _, members := range p.members {
		for _, m := range members {
			if m.name != j.of || m.room.Name() != room {
				continue
			}
			m.mu.Lock()
			skipped := maps.Clone(m.skipped)
			m.mu.Unlock()
			for n := j.from + 1; n < j.upTo; n++ {
				require.Error(p.t, skipped[n], "%s: %d of %s was not heard, after %d and before %d, and no gap between", room, n, j.of, j.from, j.upTo)
			}
		}
	}
}
