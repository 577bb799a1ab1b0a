//go:build unix

package proc

import (
	"syscall"
	"time"
)

// OwnCPU returns the user and system time of this process, in seconds.
func OwnCPU() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return (time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Seconds()
}
