//go:build !unix

package proc

import "os"

// OwnCPU returns the user and system time of this process, in seconds.
func OwnCPU() float64 { return Look(os.Getpid()).CPU }
