// Package server starts servers to be measured, each in a process of its own.
package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"sync"
	"time"
)

// Child is a server that was started.
type Child struct {
	Addr string // host:port
	PID  int

	cmd  *exec.Cmd
	tail tail
	done chan struct{} // it has ended
	err  error         // after done
}

// patience is how long a server may take to say where it listens, and to end.
const patience = 15 * time.Second

// listens is how servers of this module tell their address on standard output.
var listens = regexp.MustCompile(`listens on (\S+:\d+)`)

// Start runs a program that says "listens on HOST:PORT" and waits until it does.
func Start(ctx context.Context, words ...string) (*Child, error) {
	c := &Child{cmd: exec.CommandContext(ctx, words[0], words[1:]...), done: make(chan struct{})}
	c.cmd.Stderr = &c.tail
	c.cmd.WaitDelay = patience
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", words[0], err)
	}
	c.PID = c.cmd.Process.Pid
	found := make(chan string, 1)
	go c.watch(out, found)
	select {
	case c.Addr = <-found:
		return c, nil
	case <-c.done:
		return nil, fmt.Errorf("%s ended before it listened: %w\n%s", words[0], c.err, c.tail.String())
	case <-time.After(patience):
		c.Stop()
		return nil, fmt.Errorf("%s did not say within %s where it listens", words[0], patience)
	}
}

func (c *Child) watch(out io.Reader, found chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := listens.FindStringSubmatch(lines.Text()); m != nil {
			found <- m[1]
			break
		}
	}
	_, _ = io.Copy(io.Discard, out)
	c.err = c.cmd.Wait()
	close(c.done)
}

// Stop ends the server and waits for it. The error tells that it had ended before.
func (c *Child) Stop() error {
	select {
	case <-c.done:
		return fmt.Errorf("the server ended by itself: %w\n%s", c.err, c.tail.String())
	default:
	}
	_ = c.cmd.Process.Kill() // nothing of it is kept, so a drain is of no use
	<-c.done
	return nil
}

// tail keeps the last of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const maxTail = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if n := len(t.buf) - maxTail; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.buf))
}
