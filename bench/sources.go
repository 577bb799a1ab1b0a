package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/dialect"
	"github.com/parley-signaling/parley/bench/internal/measure"
	"github.com/parley-signaling/parley/bench/internal/server"
	"github.com/parley-signaling/parley/gateway/poll"
)

// source is where a server to be measured comes from.
type source struct {
	name    string
	dialect dialect.Dialect
	start   func(ctx context.Context) (measure.Target, func() error, error)
}

// resumes reports whether sockets may be dropped without loss.
func (s source) resumes() bool { return s.dialect.Answers() }

// sources returns the servers to be measured, and builds those of this module into dir.
func (s *settings) sources(ctx context.Context, dir string, stderr io.Writer) ([]source, error) {
	list, err := s.engines(ctx, dir, stderr)
	if err != nil {
		return nil, err
	}
	if s.Yardstick {
		program, err := build(ctx, dir, server.Yardstick, stderr)
		if err != nil {
			return nil, err
		}
		yardsticks, err := s.yardsticks(program)
		if err != nil {
			return nil, err
		}
		list = append(list, yardsticks...)
	}
	for _, a := range s.against {
		list = append(list, s.running(a.name, a.dialect, a.url, a.pids, ""))
	}
	return list, nil
}

// yardsticks are the relay that one would write first in Go, and the least that any can cost.
func (s *settings) yardsticks(program string) ([]source, error) {
	plain, err := s.child("plain Go", "plain", program)
	if err != nil || !poll.HaveDescriptors {
		return []source{plain}, err
	}
	floor, err := s.child("bare loop", "plain", program, "-loop")
	return []source{plain, floor}, err
}

// engines returns what is measured in the first place, once for each dialect.
func (s *settings) engines(ctx context.Context, dir string, stderr io.Writer) (list []source, err error) {
	program := s.Engine
	if s.URL == "" && program == "" {
		if program, err = build(ctx, dir, server.Engine, stderr); err != nil {
			return nil, err
		}
	}
	for _, d := range s.Dialect {
		if s.URL != "" {
			list = append(list, s.running(d, d, s.URL, s.PID, s.Metrics))
			continue
		}
		args := append([]string{program, "--addr=127.0.0.1:0", "--turn-addr=", "--log-level=error", "--message-rate=0"}, s.EngineArgs...)
		one, err := s.child(d, d, args...)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func build(ctx context.Context, dir, pkg string, stderr io.Writer) (string, error) {
	fmt.Fprintln(stderr, "building", pkg)
	return server.Build(ctx, dir, pkg)
}

// running is a server that somebody else has started.
func (s *settings) running(name, dialectName, to string, pids []int, metrics string) source {
	d, _ := dialect.Find(dialectName) // checked
	t := measure.Target{Name: name, Dialect: dialectName, URL: withPath(to, d), PIDs: pids, Metrics: metrics, Insecure: s.Insecure}
	return source{name, d, func(context.Context) (measure.Target, func() error, error) {
		return t, func() error { return nil }, nil
	}}
}

// withPath gives URLs that have none the dialect's path.
func withPath(to string, d dialect.Dialect) string {
	urls, err := client.ParseURLs(to)
	if err != nil {
		return to // checked
	}
	var list []string
	for _, u := range urls {
		if u.Path == "" || u.Path == "/" {
			u.Path = d.Path()
		}
		list = append(list, u.String())
	}
	return strings.Join(list, ",")
}

// child is a server that is started anew for each measurement.
func (s *settings) child(name, dialectName string, words ...string) (source, error) {
	d, err := dialect.Find(dialectName)
	if err != nil {
		return source{}, err
	}
	pin, err := server.Pin(s.ServerCores)
	if err != nil {
		return source{}, fmt.Errorf("--server-cores: %w", err)
	}
	words = append(pin, words...)
	return source{name, d, func(ctx context.Context) (measure.Target, func() error, error) {
		c, err := server.Start(ctx, words...)
		if err != nil {
			return measure.Target{}, nil, err
		}
		t := measure.Target{Name: name, Dialect: dialectName, URL: withPath("ws://"+c.Addr, d), PIDs: []int{c.PID}}
		t.Metrics = s.metricsOf(c.Addr)
		return t, c.Stop, nil
	}}, nil
}

// metricsOf guesses where a server that was started here has its metrics.
func (s *settings) metricsOf(addr string) string {
	if s.Metrics != "" {
		return s.Metrics
	}
	return "http://" + addr + "/metrics"
}
