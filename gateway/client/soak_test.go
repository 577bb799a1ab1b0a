package client_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

// Three clients exchange 2,000 numbered messages each while their connections are reset again
// and again, in whatever state they are in: every message arrives once and in order.
func TestNothingIsLostOrDoubledWhileLinesAreCut(t *testing.T) {
	const (
		clients  = 3
		messages = 2000
		cutEvery = 127 // messages of one client
		ahead    = 600 // messages: less than the room keeps for those who are away
	)
	host := hostOf(engine(t, server.Config{}))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // 5 s, on a machine that is not busy
	defer cancel()
	var rooms [clients]*client.Room
	var lines [clients]*proxy
	for i := range clients {
		lines[i] = newProxy(t, host)
		c := dial(t, lines[i].url(), client.Options{Codec: wire.Codec(i % 2)})
		room, err := c.Join(ctx, "soak", client.JoinOptions{})
		require.NoError(t, err)
		rooms[i] = room
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	pace := newPace(ctx, clients, ahead)
	var running sync.WaitGroup
	try := func(f func() error) {
		running.Go(func() {
			if err := f(); err != nil {
				stop(err)
			}
		})
	}
	for i, room := range rooms {
		cut := make(chan struct{}, messages)
		try(func() error {
			defer close(cut)
			for n := range messages {
				if n%cutEvery == (cutEvery-1)/(i+1) {
					cut <- struct{}{}
				}
				pace.sent(i)
				if _, err := room.Send(ctx, "n", n); err != nil {
					return fmt.Errorf("client %d, message %d: %w", i, n, err)
				}
			}
			return nil
		})
		try(func() error { // beside the sending, so that it is cut at any point
			for range cut {
				lines[i].cut()
			}
			return nil
		})
		try(func() error {
			return collect(ctx, room, (clients-1)*messages, func() { pace.received(i) })
		})
	}
	running.Wait()
	require.NoError(t, context.Cause(ctx))
}

// collect reads n messages, and complains of any that is not the next one of its sender.
func collect(ctx context.Context, room *client.Room, n int, received func()) error {
	next := map[string]int{}
	var seq uint64
	resumed := 0
	for n > 0 {
		var e client.Event
		select {
		case e = <-room.Events():
		case <-ctx.Done():
			return fmt.Errorf("%d messages are still to come: %w", n, ctx.Err())
		}
		switch e := e.(type) {
		case nil:
			return room.Err()
		case client.Gap:
			return fmt.Errorf("a gap: %s", e.Cause)
		case client.Resumed:
			if resumed++; !e.Same {
				return fmt.Errorf("somebody new")
			}
		case client.Message:
			var number int
			if err := e.Decode(&number); err != nil {
				return err
			}
			if number != next[e.From] || e.Seq <= seq {
				return fmt.Errorf("message %d of %s (seq %d after %d), want %d", number, e.From, e.Seq, seq, next[e.From])
			}
			next[e.From]++
			seq = e.Seq
			n--
			received()
		}
	}
	if resumed < 3 {
		return fmt.Errorf("resumed %d times only", resumed)
	}
	return nil
}

// pace keeps senders from running further ahead of any reader than history reaches.
type pace struct {
	ctx   context.Context
	ahead int

	mu    sync.Mutex
	cond  sync.Cond
	total int   // messages sent by all
	seen  []int // by each, those it sent itself included
}

func newPace(ctx context.Context, clients, ahead int) *pace {
	p := &pace{ctx: ctx, ahead: ahead, seen: make([]int, clients)}
	p.cond.L = &p.mu
	context.AfterFunc(ctx, p.cond.Broadcast)
	return p
}

func (p *pace) sent(client int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.total-slices.Min(p.seen) > p.ahead && p.ctx.Err() == nil {
		p.cond.Wait()
	}
	p.total++
	p.seen[client]++
}

func (p *pace) received(client int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen[client]++
	p.cond.Broadcast()
}
