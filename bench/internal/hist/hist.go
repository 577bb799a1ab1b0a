// Package hist holds distributions of durations: HdrHistograms that travel as JSON.
package hist

import (
	"encoding/json"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Range and precision: 1 µs to 10 minutes, three significant digits. What is longer counts
// as the longest.
const (
	lowest  = int64(1)
	highest = int64(10 * time.Minute / time.Microsecond)
	digits  = 3
)

// Hist is a distribution of durations, kept in whole microseconds. Its zero value is empty
// and ready.
type Hist struct{ h *hdrhistogram.Histogram }

func (h *Hist) make() {
	if h.h == nil {
		h.h = hdrhistogram.New(lowest, highest, digits)
	}
}

// Record adds a duration in nanoseconds; a negative one counts as 0.
func (h *Hist) Record(ns int64) {
	h.make()
	_ = h.h.RecordValue(min(max(ns/1000, 0), highest)) // in range, hence no error
}

// Merge adds all that another has.
func (h *Hist) Merge(o *Hist) {
	if o == nil || o.h == nil {
		return
	}
	h.make()
	h.h.Merge(o.h)
}

// Count returns how many durations there are.
func (h *Hist) Count() int64 {
	if h.h == nil {
		return 0
	}
	return h.h.TotalCount()
}

// At returns the duration below or at which q percent (0–100) of all are; 0 if there is none.
func (h *Hist) At(q float64) time.Duration {
	if h.h == nil {
		return 0
	}
	return time.Duration(h.h.ValueAtQuantile(q)) * time.Microsecond
}

// Min returns the shortest.
func (h *Hist) Min() time.Duration {
	if h.h == nil {
		return 0
	}
	return time.Duration(h.h.Min()) * time.Microsecond
}

// Max returns the longest.
func (h *Hist) Max() time.Duration {
	if h.h == nil {
		return 0
	}
	return time.Duration(h.h.Max()) * time.Microsecond
}

// Mean returns the average.
func (h *Hist) Mean() time.Duration {
	if h.h == nil || h.h.TotalCount() == 0 {
		return 0
	}
	return time.Duration(h.h.Mean() * float64(time.Microsecond))
}

// MarshalJSON writes HdrHistogram's own compressed form (version 2) in base64; null: empty.
func (h *Hist) MarshalJSON() ([]byte, error) {
	if h.Count() == 0 {
		return []byte("null"), nil
	}
	b, err := h.h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, err
	}
	return json.Marshal(string(b)) // Encode's bytes are base64 already
}

// UnmarshalJSON reads what MarshalJSON has written.
func (h *Hist) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil || s == nil {
		h.h = nil
		return err
	}
	var err error
	h.h, err = hdrhistogram.Decode([]byte(*s))
	return err
}
