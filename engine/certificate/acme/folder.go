package acme

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/acme/autocert"

	"github.com/parley-signaling/parley/engine/statedir"
)

// errClosed is what follows Close.
var errClosed = errors.New("acme: closed")

// DefaultCache is the folder that keeps keys and certificates where none is named: acme in
// statedir.Default.
func DefaultCache() (string, error) {
	root, err := statedir.Default()
	if err != nil {
		return "", fmt.Errorf("acme: the cache must be set: %w", err)
	}
	return filepath.Join(root, "acme"), nil
}

// folder is an autocert.Cache. Each authority has a folder of its own: a certificate of a
// trial one must not be served once the real one is named.
type folder struct {
	autocert.DirCache
	log    *slog.Logger
	closed atomic.Bool
}

var _ autocert.Cache = (*folder)(nil)

// openFolder makes the folder, for its owner alone, and tries to write to it: what fails later is
// seen only when a certificate is lost in a restart.
func openFolder(root, directory string, log *slog.Logger) (*folder, error) {
	if root == "" {
		var err error
		if root, err = DefaultCache(); err != nil {
			return nil, err
		}
	}
	at := filepath.Join(root, folderOf(directory))
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, fmt.Errorf("acme: the cache cannot be made: %w", err)
	}
	f, err := os.CreateTemp(at, "trial-")
	if err != nil {
		return nil, fmt.Errorf("acme: the cache cannot be written: %w", err)
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		return nil, fmt.Errorf("acme: the cache cannot be written: %w", err)
	}
	return &folder{DirCache: autocert.DirCache(at), log: log}, nil
}

// folderOf names an authority's folder.
func folderOf(directory string) string {
	_, rest, _ := strings.Cut(directory, "://")
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, rest), "_.")
}

// Get implements autocert.Cache. autocert cannot be told to stop its timers: after close, those
// that ring find their goroutine ended here, before they are set anew.
func (f *folder) Get(ctx context.Context, key string) ([]byte, error) {
	if f.closed.Load() {
		runtime.Goexit()
	}
	return f.DirCache.Get(ctx, key)
}

// Put implements autocert.Cache. autocert ignores the error.
func (f *folder) Put(ctx context.Context, key string, data []byte) error {
	if f.closed.Load() {
		return errClosed
	}
	err := f.DirCache.Put(ctx, key, data)
	if err != nil {
		f.log.Error("acme: what the authority has issued cannot be kept, and will be asked for again after a restart", "key", key, "err", err)
	}
	return err
}

func (f *folder) close() { f.closed.Store(true) }
