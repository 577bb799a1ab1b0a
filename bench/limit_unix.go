//go:build unix

package main

import "syscall"

// reserve is how many descriptors a load process needs for itself.
const reserve = 200

// connectionLimit is how many connections one load process may have. Go raises the soft
// limit to the hard one by itself.
func connectionLimit() int {
	var r syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r) != nil || r.Cur > 1_000_000 {
		return 1_000_000
	}
	return max(1, int(r.Cur)-reserve)
}
