package client

import "time"

// start is where the clock counts from: the wall clock's time at start, and from there on
// the monotonic one, so that processes of one machine agree and no clock step shows.
var start = time.Now()

// Now returns the time in ns since the Unix epoch.
func Now() int64 { return start.UnixNano() + int64(time.Since(start)) }
