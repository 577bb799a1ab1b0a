package roomtest

import (
	"fmt"
	"sync"

	"github.com/parley-signaling/parley/actors/wire"
)

// conn is a client's side of one line.
type conn struct {
	no     int
	codec  wire.Codec
	line   Line
	client *client

	// Owned by the driver
	left    bool  // the client has dropped or closed it
	stalled bool  // in this batch its reader stopped for a while
	checked []Msg // the beginning of log that the batch explains

	// Guarded by mu
	mu    sync.Mutex
	log   []Msg // received since the batch began
	ended bool
	code  int
	bad   error // a frame that is none
}

func (c *conn) read() {
	for {
		frame, code, ok := c.line.Recv()
		c.mu.Lock()
		if !ok {
			c.ended, c.code = true, code
			c.mu.Unlock()
			return
		}
		m, err := Decode(c.codec, frame)
		if err != nil && c.bad == nil {
			c.bad = fmt.Errorf("conn %d: %w", c.no, err)
		}
		c.log = append(c.log, m)
		c.mu.Unlock()
	}
}

// heard is what has come since the batch began, the close code, and whether it is over.
func (c *conn) heard() (msgs []Msg, code int, ended bool, bad error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log[:len(c.log):len(c.log)], c.code, c.ended, c.bad
}

func (c *conn) open() bool {
	_, _, ended, _ := c.heard()
	return !c.left && !ended
}

// forget starts a new batch: what the client has learned is dealt with. It reports whether
// the line is of no more use.
func (c *conn) forget() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = c.log[len(c.checked):]
	c.stalled, c.checked = false, nil
	return c.left || c.ended
}

func (c *conn) String() string { return fmt.Sprintf("conn %d (%v, %s)", c.no, c.codec, c.client.name) }
