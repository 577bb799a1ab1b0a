package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The programs of this module that can be measured.
const (
	Engine    = "github.com/parley-signaling/parley/engine"
	Yardstick = "github.com/parley-signaling/parley/bench/plain"
)

// Build compiles a program of this module into dir. The working directory must be within it.
func Build(ctx context.Context, dir, pkg string) (program string, err error) {
	program = filepath.Join(dir, filepath.Base(pkg))
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, pkg)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("cannot build %s (run this within the module, or use -url or -engine): %w", pkg, err)
	}
	return program, nil
}

// Pin returns the words that confine a program to cores, such as "0" or "1-3"; none for none.
func Pin(cores string) ([]string, error) {
	if cores == "" {
		return nil, nil
	}
	tool, err := exec.LookPath("taskset")
	if err != nil {
		return nil, errors.New("pinning to cores needs taskset (Linux, package util-linux)")
	}
	return []string{tool, "-c", cores}, nil
}
