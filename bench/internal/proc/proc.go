// Package proc tells what processes use.
package proc

import (
	"github.com/shirou/gopsutil/v4/process"
)

// Usage is what one or more processes use at one moment. What the system does not tell is 0.
type Usage struct {
	CPU     float64 `json:"cpu"` // user and system time so far, in seconds
	RSS     uint64  `json:"rss"` // resident bytes
	Threads int     `json:"threads"`
	Found   bool    `json:"found"` // at least one was there
}

// Look returns what the processes use together.
func Look(pids ...int) Usage {
	var u Usage
	for _, pid := range pids {
		p, err := process.NewProcess(int32(pid))
		if err != nil {
			continue
		}
		t, err := p.Times()
		if err != nil {
			continue
		}
		u.Found = true
		u.CPU += t.User + t.System
		if m, err := p.MemoryInfo(); err == nil {
			u.RSS += m.RSS
		}
		if n, err := p.NumThreads(); err == nil {
			u.Threads += int(n)
		}
	}
	return u
}

// Descriptors returns how many the processes have open. It is slow: it lists them.
func Descriptors(pids ...int) int {
	sum := 0
	for _, pid := range pids {
		if p, err := process.NewProcess(int32(pid)); err == nil {
			if n, err := p.NumFDs(); err == nil {
				sum += int(n)
			}
		}
	}
	return sum
}
