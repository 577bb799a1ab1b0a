package actors

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// DurationBuckets is how many buckets a Durations has besides the last, which takes what is longer.
const DurationBuckets = 24

// Durations counts durations: bucket i those of up to DurationBound(i) that fit no earlier one.
type Durations struct {
	Counts [DurationBuckets + 1]uint64
	Sum    time.Duration
}

// DurationBound is the longest duration of bucket i: 1 µs, doubled i times; 8.4 s in the end.
func DurationBound(i int) time.Duration { return time.Microsecond << i }

// durations is a Durations that many goroutines count in.
type durations struct {
	counts [DurationBuckets + 1]atomic.Uint64
	sum    atomic.Int64
}

func (h *durations) add(d time.Duration) {
	d = max(d, 0)
	i := bits.Len64(uint64(max(d-1, 0) / time.Microsecond))
	h.counts[min(i, DurationBuckets)].Add(1)
	h.sum.Add(int64(d))
}

func (h *durations) load() (d Durations) {
	for i := range d.Counts {
		d.Counts[i] = h.counts[i].Load()
	}
	d.Sum = time.Duration(h.sum.Load())
	return d
}
