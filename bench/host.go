package main

import (
	"runtime"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/mem"

	"github.com/parley-signaling/parley/bench/internal/report"
)

// hostInfo describes this machine, as far as it tells.
func hostInfo() report.Host {
	h := report.Host{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	if kernel, err := host.KernelVersion(); err == nil {
		h.Kernel = kernel
	}
	if list, err := cpu.Info(); err == nil && len(list) > 0 {
		h.CPU = list[0].ModelName
	}
	if m, err := mem.VirtualMemory(); err == nil {
		h.Memory = m.Total
	}
	return h
}
