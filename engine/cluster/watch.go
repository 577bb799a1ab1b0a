package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// watch reads the bucket again and again, adopts the views, and writes the next one where the leases ask for it.
func (m *member) watch(ctx context.Context) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-t.C:
		case <-m.c.look:
		}
		changed, err := m.see(ctx)
		switch {
		case errors.Is(err, errLost), fatal(err):
			return err
		case err != nil:
			m.c.log.Debug("the bucket was not read", "err", err)
			t.Reset(min(m.o.renewal()/2, 100*time.Millisecond))
		case changed:
			m.c.tell()
			t.Reset(0)
		default:
			t.Reset(m.pause())
		}
	}
}

// pause is how long until something is to be looked at by itself.
func (m *member) pause() time.Duration {
	d, now := m.o.renewal()/2, time.Now()
	from := m.mayBury()
	if from.IsZero() {
		return d
	}
	for _, o := range m.seen {
		if !o.gone && o.lease.ID != m.id {
			end := o.since.Add(m.o.Lease)
			if end.Before(from) {
				end = from
			}
			d = min(d, max(time.Millisecond, end.Sub(now)))
		}
	}
	return d
}

// mayBury is from when on this node may delete others' leases: after a time in which nobody could renew, all get half of a
// lease to do so. Zero: not before its own has been renewed.
func (m *member) mayBury() time.Time {
	if !m.c.Held() {
		return time.Time{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.service.Add(m.o.Lease / 2)
}

// see reads the bucket once. changed: this node has written something.
func (m *member) see(ctx context.Context) (changed bool, err error) {
	s, err := m.b.survey(ctx)
	if err != nil {
		return false, err
	}
	m.leases(s)
	if m.seen[m.id] != nil && m.seen[m.id].gone {
		return false, errLost
	}
	if err := m.views(ctx, s.entries[keyView]); err != nil {
		return false, err
	}
	if err := m.yield(); err != nil {
		return false, err
	}
	if changed, err = m.bury(ctx); err != nil {
		return changed, err
	}
	next := m.next()
	if next.same(m.roll) {
		return changed, nil
	}
	_, err = m.b.put(ctx, keyView, encode(next), m.at, 0)
	if errors.Is(err, errConflict) {
		return true, nil // another node was quicker: look again
	}
	return true, err
}

// leases takes in what the survey says of leases.
func (m *member) leases(s survey) {
	now := time.Now()
	for key, e := range s.entries {
		id, ok := strings.CutPrefix(key, keyLease)
		if !ok {
			continue
		}
		o := m.seen[id]
		if o == nil {
			o = &other{lease: lease{ID: id}}
			m.seen[id] = o
		}
		if o.gone || e.revision <= o.revision {
			continue
		}
		o.revision = e.revision
		switch {
		case !e.deleted:
			o.since = now
			m.judge(id, o, e)
		case e.expired && id != m.id && !o.lapsed:
			o.lapsed = true
			if o.since.IsZero() {
				o.since = now
			}
		default:
			o.gone = true
		}
	}
	for _, o := range m.seen {
		o.gone = o.gone || o.lapsed && now.Sub(o.since) >= m.o.Lease
	}
	for id, o := range m.seen {
		if _, there := s.entries[keyLease+id]; !there && s.upTo >= o.revision {
			if o.gone = true; id != m.id {
				delete(m.seen, id)
			}
		}
	}
}

// judge decides whether a lease counts.
func (m *member) judge(id string, o *other, e entry) {
	l, err := m.c.readLease(id, e.value)
	if err != nil && o.refused == nil {
		m.c.log.Warn("a node is not let in", "node", id, "name", l.Name, "err", err)
	}
	o.lease, o.refused = l, err
}

// readLease reads a lease. The error is why it does not count: ErrSecret, ErrVersion.
func (c *Cluster) readLease(id string, value []byte) (l lease, err error) {
	err = msgpack.Unmarshal(value, &l)
	switch own := l.ID; {
	case err != nil:
		err = fmt.Errorf("its lease cannot be read: %w", err)
	case own != id || !c.secret.proved(l.Proof, "lease", c.o.Name, id):
		err = ErrSecret
	case !l.speaks(c.speaks.least, c.speaks.most):
		err = fmt.Errorf("%w: node %s speaks %d to %d, this one %d to %d", ErrVersion, l.Name, l.Least, l.Version, c.speaks.least, c.speaks.most)
	}
	l.ID = id
	return l, err
}

// yield ends a node that finds others that speak no version of its own, where it has come at the same time as they, so that neither has seen
// the other in time: that of the smaller id stays, unless the other is in the view already.
func (m *member) yield() error {
	if m.in {
		return nil
	}
	for id, o := range m.seen {
		if !o.gone && errors.Is(o.refused, ErrVersion) && (id < m.id || m.roll.has(id)) {
			return o.refused
		}
	}
	return nil
}

// views adopts all views up to the latest, one after the other.
func (m *member) views(ctx context.Context, latest entry) error {
	for m.at < latest.revision {
		e := latest
		var r roll
		if err := msgpack.Unmarshal(e.value, &r); err != nil {
			return fmt.Errorf("the register cannot be read: %w", err)
		}
		if r.Previous != m.at {
			var err error
			if e, err = m.b.after(ctx, keyView, m.at); err != nil {
				return err
			}
			r = roll{}
			if err := msgpack.Unmarshal(e.value, &r); err != nil {
				return fmt.Errorf("the register cannot be read: %w", err)
			}
		}
		if r.Previous != m.at && m.in {
			return fmt.Errorf("%w: views were missed", errLost)
		}
		m.roll, m.at = r, e.revision
		if m.in && !r.has(m.id) {
			return errLost
		}
		if m.in = r.has(m.id); m.in {
			m.c.adopt(r.view(), r.Nodes)
		}
	}
	return nil
}

// bury deletes the leases that have not been renewed for their length.
func (m *member) bury(ctx context.Context) (changed bool, err error) {
	now := time.Now()
	if from := m.mayBury(); from.IsZero() || now.Before(from) {
		return false, nil
	}
	for id, o := range m.seen {
		if id == m.id || o.gone || now.Sub(o.since) < m.o.Lease {
			continue
		}
		switch err := m.b.remove(ctx, keyLease+id, o.revision); {
		case errors.Is(err, errConflict):
			o.since = now // it has been renewed, or somebody else has deleted it
		case err != nil:
			return changed, err
		default:
			m.c.log.Warn("a node's lease has run out", "node", id, "name", o.lease.Name)
			o.gone, changed = true, true
		}
	}
	return changed, nil
}

// next is what the view should be.
func (m *member) next() roll {
	r := roll{Number: m.roll.number(time.Now()), Previous: m.at}
	for id, o := range m.seen {
		if o.gone || o.refused != nil || o.lapsed && !m.roll.has(id) {
			continue
		}
		r.Nodes = append(r.Nodes, id)
		if o.lease.Leaving || o.lapsed && contains(m.roll.Leaving, id) {
			r.Leaving = append(r.Leaving, id)
		}
	}
	slices.Sort(r.Nodes)
	slices.Sort(r.Leaving)
	return r
}
