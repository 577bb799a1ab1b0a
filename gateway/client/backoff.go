package client

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFloor   = 300 * time.Millisecond
	backoffCeiling = 10 * time.Second
)

// backoff is how long to wait before an attempt, counted from 0. Full jitter: anything up to a
// bound that doubles, so that clients that were dropped together do not come back together.
// What the server asked for comes on top.
func backoff(attempt int, retryAfter time.Duration) time.Duration {
	bound := min(backoffCeiling, backoffFloor<<min(attempt, 10))
	return retryAfter + rand.N(bound)
}

// terminal tells the close codes after which the client must not come back by itself. The
// codes of RFC 6455 among them mean that one of the two does not speak this protocol.
func terminal(code int) bool {
	switch code {
	case closeNormal, 1002, 1003, 1007, 1008, 1009, closeUnauthorized, 4409, 4410:
		return true
	}
	return false
}

// Close codes that the client itself has to know.
const (
	closeNormal       = 1000
	closeUnreadable   = 1007
	closeUnauthorized = 4401
	closeSilent       = 4408
)
