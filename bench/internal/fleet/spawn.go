package fleet

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/parley-signaling/parley/bench/internal/load"
)

// Hidden is the only argument of a load process, which is the harness's own program.
const Hidden = "load-process"

// Processes returns a Spawner that runs this program again, behind the words of prefix (such
// as taskset -c 1), if there are any.
func Processes(prefix []string) Spawner {
	return func(ctx context.Context) (io.WriteCloser, io.Reader, func() error, error) {
		self, err := os.Executable()
		if err != nil {
			return nil, nil, nil, err
		}
		words := append(append([]string{}, prefix...), self, Hidden)
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		cmd.Stderr = os.Stderr
		cmd.WaitDelay = 5 * time.Second
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, nil, nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, nil, nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, nil, nil, fmt.Errorf("cannot start a load process: %w", err)
		}
		return in, out, func() error {
			_, _ = io.Copy(io.Discard, out)
			return cmd.Wait()
		}, nil
	}
}

// Inside runs load processes as goroutines of this one: for tests.
func Inside(context.Context) (io.WriteCloser, io.Reader, func() error, error) {
	commands, in := io.Pipe()
	out, replies := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := load.Serve(commands, replies)
		commands.CloseWithError(io.ErrClosedPipe)
		replies.CloseWithError(io.EOF)
		done <- err
	}()
	return in, out, func() error {
		go func() { _, _ = io.Copy(io.Discard, out) }()
		<-done // its error was a reply
		return nil
	}, nil
}
