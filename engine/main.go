// Command engine runs Parley: the signaling server and its page on one port.
//
// Settings come from flags, PARLEY_… variables and a file, in this order of precedence;
// --help lists them. Exit codes: see the constants.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/parley-signaling/parley/engine/server"
)

// Exit codes.
const (
	exitDrained = 0 // after a signal, everything was flushed
	exitFailed  = 1 // could not start (the port is taken), or the listener failed later
	exitSetting = 2 // a wrong setting; nothing was started
	exitCut     = 3 // a second signal, or --drain-timeout, ended the drain
)

func main() {
	paceCollector()
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "token" {
		return mint(args[1:], stdout, stderr)
	}
	set, err := parse(args, stdout, os.Exit)
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(stderr, "engine:", strings.TrimSpace(line))
		}
		fmt.Fprintln(stderr, "engine: see --help")
		return exitSetting
	}
	log := set.logger(stderr)
	for _, w := range set.warnings {
		log.Warn(w)
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	srv, err := start(set, log)
	if err != nil {
		fmt.Fprintf(stderr, "engine: %v\n", err)
		return exitFailed
	}
	banner(stdout, srv)
	return wait(srv, set, signals, log)
}

func start(set *settings, log *slog.Logger) (*server.Server, error) {
	cfg := set.server()
	cfg.MemoryLimit = boundMemory(cfg.MemoryLimit)
	cfg.Logger, cfg.Version = log, version()
	srv, err := server.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := srv.Start(); err != nil {
		return nil, explain(err, cfg.Addr)
	}
	return srv, nil
}

// explain says what to do about a port that cannot be had.
func explain(err error, addr string) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		addr = op.Addr.String() // one of several listeners
	}
	_, port, _ := net.SplitHostPort(addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %s is taken (%s): stop what listens there, or choose another port, as in --addr=:9090", port, addr)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %s may not be opened by this user (%s): choose one above 1023, as in --addr=:8080", port, addr)
	}
	return fmt.Errorf("cannot listen: %w", err)
}

// wait serves until a signal, then drains.
func wait(srv *server.Server, set *settings, signals <-chan os.Signal, log *slog.Logger) int {
	select {
	case <-srv.Done():
		err := srv.Wait()
		switch {
		case err == nil: // an operator has asked for it
			log.Info("drained")
			return exitDrained
		case errors.Is(err, context.DeadlineExceeded):
			log.Warn("the drain was cut short", "err", err)
			return exitCut
		}
		if wrong, ok := errors.AsType[*server.ConfigError](err); ok { // the cluster refuses it
			err = set.locate(wrong, set.parsed)
		}
		log.Error("the engine has ended", "err", err)
		return exitFailed
	case sig := <-signals:
		log.Info("draining; a second signal ends it at once", "signal", sig)
	}
	ctx, cut := context.WithCancel(context.Background())
	defer cut()
	go func() {
		select {
		case <-signals:
			cut()
		case <-ctx.Done():
		}
	}()
	if err := srv.Shutdown(ctx); err != nil {
		log.Warn("the drain was cut short", "err", err)
		return exitCut
	}
	log.Info("drained")
	return exitDrained
}

// banner tells a person where to go.
func banner(w io.Writer, srv *server.Server) {
	others := ""
	if strings.HasPrefix(srv.URL(), "http:") {
		others = `Browsers give camera and
microphone to https and localhost only: for other machines --acme-domain gets a certificate,
--tls-cert has one, or put a TLS proxy in front.
`
	}
	fmt.Fprintf(w, `Parley %s listens on %s. Open

    %s

in a browser, and the link that it gives you in a second one. %sCtrl-C drains and stops.
`, version(), srv.Addr(), srv.URL(), others)
}
