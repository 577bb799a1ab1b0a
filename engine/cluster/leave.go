package cluster

import (
	"context"
	"fmt"
	"time"
)

// Leave announces that this node goes: the next view lists it as leaving, so that it owns nothing any more. It
// returns when that view has been adopted. The node lives on until Close.
func (c *Cluster) Leave(ctx context.Context) error {
	c.leaving.Store(true)
	for {
		v := c.view.Load()
		if v != nil && contains(v.Leaving, c.Self()) {
			return nil
		}
		c.mu.Lock()
		m := c.member
		c.mu.Unlock()
		if m != nil {
			m.leave()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("cluster: %w", ctx.Err())
		case <-c.ended:
			return fmt.Errorf("cluster: %w", errLost)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Close takes this node out of the cluster: what was sent is waited for, and the lease deleted, until
// ctx ends. Without a Leave before, the other nodes take it for dead, at once.
func (c *Cluster) Close(ctx context.Context) error {
	c.mu.Lock()
	first := c.started && !c.closed
	c.closed = true
	c.mu.Unlock()
	if !first {
		return nil
	}
	var err error
	for _, l := range c.links.all() {
		select {
		case <-l.idle():
		case <-l.done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	c.held.end()
	c.stop(context.Canceled)
	<-c.ended
	c.mu.Lock()
	m := c.member
	c.mu.Unlock()
	if m != nil {
		m.remove(ctx)
	}
	if c.embedded != nil {
		c.embedded.stepDown(c.bucket.name)
	}
	c.disconnect()
	return err
}

// abandon ends everything without a goodbye, as a crash would: for tests.
func (c *Cluster) abandon() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.held.end()
	c.stop(context.Canceled)
	c.nc.Close()
	<-c.ended
	c.disconnect()
}

// disconnect ends what is left.
func (c *Cluster) disconnect() {
	c.up.Lock()
	c.links.set(c, "", nil)
	c.up.Unlock()
	if c.nc != nil {
		c.nc.Close()
	}
	if c.embedded != nil {
		c.embedded.close()
	}
	c.running.Wait()
}

// guard calls CutOff and Back.
func (c *Cluster) guard(ctx context.Context) {
	tick := time.NewTicker(c.o.renewal() / 2)
	defer tick.Stop()
	since, out := time.Now(), false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch good := c.Held() && c.view.Load() != nil; {
		case good:
			since = time.Now()
			if out && c.o.Back != nil {
				c.o.Back()
			}
			out = false
		case !out && time.Since(since) >= c.o.DrainAfter:
			out = true
			c.log.Error("this node is cut off from its cluster", "for", time.Since(since).Round(time.Second))
			if c.o.CutOff != nil {
				c.o.CutOff()
			}
		}
	}
}
