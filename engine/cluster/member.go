package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/vmihailenco/msgpack/v5"
)

// member is one incarnation of this node: a lease, and what it sees of the others.
type member struct {
	// Static
	c *Cluster
	b *bucket
	o Options

	id string

	// Guarded by mu
	mu       sync.Mutex
	lease    lease
	revision uint64    // of the lease
	service  time.Time // since when renewals have succeeded without a gap

	renewNow chan struct{} // has room for one

	// Owned by watch
	seen map[string]*other // leases, by id, one's own too
	roll roll              // the view seen last
	at   uint64            // its revision
	in   bool              // this node is in it
}

// other is a lease as it was seen.
type other struct {
	lease    lease
	revision uint64
	since    time.Time // when it was first seen at that revision
	gone     bool
	lapsed   bool  // NATS has deleted it, because its TTL was over; by a clock that may have leapt, so that others wait nevertheless
	refused  error // it proves no knowledge of the secret, or speaks no version of ours
}

// tendEvery is how many leases pass between looks at the bucket's replicas.
const tendEvery = 20

// sayAgain is how often the log repeats what is waited for.
const sayAgain = 30 * time.Second

// enter makes an incarnation, as soon as NATS lets it.
func (c *Cluster) enter(ctx context.Context) (*member, error) {
	var said time.Time
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		m, err := c.tryToEnter(ctx, c.nextID())
		if err := c.refusal(); err != nil {
			if m != nil {
				m.remove(ctx)
			}
			return nil, err
		}
		if err == nil {
			return m, nil
		}
		if fatal(err) {
			return nil, err
		}
		if e := c.unreached.Load(); e != nil && !c.nc.IsConnected() {
			err = fmt.Errorf("it is not reached: %w", *e)
		}
		why := err.Error()
		if old := c.waiting.Swap(&why); old == nil || *old != why || time.Since(said) > sayAgain {
			c.log.Warn("waiting for NATS", "err", err)
			said = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

func (c *Cluster) tryToEnter(ctx context.Context, id string) (*member, error) {
	if err := c.bucket.open(ctx, c.replicas()); err != nil {
		return nil, fmt.Errorf("opening the bucket: %w", err)
	}
	s, err := c.bucket.survey(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the bucket: %w", err)
	}
	if err := c.check(ctx, s); err != nil {
		return nil, err
	}
	m := &member{
		c: c, b: c.bucket, o: c.o, id: id, renewNow: make(chan struct{}, 1), seen: map[string]*other{},
		lease: lease{ID: id, Name: c.o.Node, Version: c.speaks.most, Least: c.speaks.least, Leaving: c.leaving.Load(), Proof: c.secret.proof("lease", c.o.Name, id)},
	}
	m.at = s.entries[keyView].revision
	if v, ok := s.entries[keyView]; ok {
		if err := msgpack.Unmarshal(v.value, &m.roll); err != nil {
			return nil, fmt.Errorf("the register cannot be read: %w", err)
		}
	}
	c.self.Store(&id)
	if err := c.listen(id); err != nil {
		return nil, err
	}
	asked, since := time.Now(), c.held.since()
	m.revision, err = m.b.put(ctx, keyLease+id, encode(m.lease), 0, m.b.patience)
	if err != nil { // where it was taken nevertheless, it runs out
		return nil, fmt.Errorf("taking a lease: %w", err)
	}
	m.service = asked
	c.mu.Lock()
	c.member = m
	c.mu.Unlock()
	m.hold(asked, since)
	c.tell()
	return m, nil
}

// check refuses to enter a cluster that this node is none of.
func (c *Cluster) check(ctx context.Context, s survey) error {
	e, there := s.entries[keyCharter]
	if !there {
		mine := encode(charter{c.secret.proof("charter", c.o.Name, "")})
		if _, err := c.bucket.put(ctx, keyCharter, mine, 0, 0); err != nil {
			return fmt.Errorf("founding the cluster: %w", err)
		}
		return nil
	}
	var ch charter
	if err := msgpack.Unmarshal(e.value, &ch); err != nil || !c.secret.proved(ch.Proof, "charter", c.o.Name, "") {
		return fmt.Errorf("%w: the cluster %q was founded with another one, or with none", ErrSecret, c.o.Name)
	}
	for key, e := range s.entries {
		id, ok := strings.CutPrefix(key, keyLease)
		if !ok || e.deleted {
			continue
		}
		if _, err := c.readLease(id, e.value); errors.Is(err, ErrVersion) {
			return err
		}
	}
	return nil
}

// run renews the lease and adopts views, until the lease is lost or ctx ends.
func (m *member) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	var both sync.WaitGroup
	end := func(err error) {
		stop(err)
		m.c.held.end() // nothing is done any more, even if the other one has still something to finish
	}
	both.Go(func() { m.tend(ctx) })
	both.Go(func() { end(m.keep(ctx)) })
	both.Go(func() { end(m.watch(ctx)) })
	both.Wait()
	return context.Cause(ctx)
}

// tend has the bucket kept by as many servers as are there.
func (m *member) tend(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if err := m.b.grow(ctx, m.c.replicas()); err != nil && ctx.Err() == nil {
			m.c.log.Debug("the bucket's replicas", "err", err)
		}
		t.Reset(tendEvery * m.o.Lease)
	}
}

// keep renews the lease.
func (m *member) keep(ctx context.Context) error {
	t := time.NewTimer(m.o.renewal())
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		case <-m.renewNow:
		}
		err := m.renew(ctx)
		switch {
		case err == nil:
			m.c.totals.renewals.Add(1)
			t.Reset(m.o.renewal())
		case errors.Is(err, errLost):
			return err
		default:
			m.c.totals.failed.Add(1)
			m.c.log.Debug("the lease was not renewed", "err", err)
			t.Reset(min(m.o.renewal()/4, 100*time.Millisecond))
		}
	}
}

// renew renews the lease once.
func (m *member) renew(ctx context.Context) error {
	m.mu.Lock()
	m.lease.Beat++
	value, revision := encode(m.lease), m.revision
	m.mu.Unlock()
	asked, since := time.Now(), m.c.held.since()
	next, err := m.b.put(ctx, keyLease+m.id, value, revision, m.b.patience)
	if errors.Is(err, errConflict) {
		return m.resolve(ctx, revision)
	}
	if errors.Is(err, jetstream.ErrNoStreamResponse) && m.b.missing(ctx) {
		return fmt.Errorf("%w: NATS has lost its data", errLost)
	}
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.revision = next
	if !m.c.Held() {
		m.service = time.Now()
	}
	m.mu.Unlock()
	m.hold(asked, since)
	return nil
}

// hold makes the lease good for its length from when it was asked for, less the margin. Where the connection to NATS has
// broken since, the lease is renewed at once.
func (m *member) hold(asked time.Time, since uint64) {
	if !m.c.held.renew(asked, m.o.Lease-m.o.margin(), since) {
		m.hurry()
	}
}

// hurry has the lease renewed now.
func (m *member) hurry() {
	select {
	case m.renewNow <- struct{}{}:
	default:
	}
}

// resolve finds out why the lease is not at that revision: a renewal whose acknowledgement was lost, or
// somebody has deleted it.
func (m *member) resolve(ctx context.Context, revision uint64) error {
	s, err := m.b.survey(ctx)
	if err != nil {
		return err
	}
	e, there := s.entries[keyLease+m.id]
	switch {
	case there && e.deleted, !there && s.upTo >= revision:
		return errLost
	case there && e.revision > revision:
		m.mu.Lock()
		m.revision = e.revision
		m.mu.Unlock()
	}
	return errConflict // try again
}

// leave announces that this node is about to go.
func (m *member) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lease.Leaving {
		return
	}
	m.lease.Leaving = true
	m.hurry()
}

// remove deletes the lease of a member that does not run any more, and the view's mention of it.
func (m *member) remove(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.b.timeout)
	defer cancel()
	for range 3 {
		err := m.b.remove(ctx, keyLease+m.id, m.revision)
		if errors.Is(err, errConflict) && errors.Is(m.resolve(ctx, m.revision), errConflict) {
			continue
		}
		break
	}
	m.c.tell()
	_ = m.c.nc.FlushWithContext(ctx)
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }
