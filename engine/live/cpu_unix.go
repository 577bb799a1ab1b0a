//go:build unix

package live

import (
	"syscall"
	"time"
)

// processorTime is what the process has had so far, in user and in system mode.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
