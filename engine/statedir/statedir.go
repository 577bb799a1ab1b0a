// Package statedir says where an engine keeps what must survive a restart.
package statedir

import (
	"os"
	"path/filepath"
)

// Default is the folder where none is named: $STATE_DIRECTORY, which is systemd's, or parley in the
// user's cache. The error is that of os.UserCacheDir.
func Default() (string, error) {
	if root := os.Getenv("STATE_DIRECTORY"); root != "" {
		return root, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "parley"), nil
}
