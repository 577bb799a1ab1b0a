package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkMillion is a million connections' worth of actors, without sockets, in 1,000 rooms
// of 1,000: what one takes of memory, how long a broadcast takes in one of these rooms (all of
// them in turn, so that the caches are cold), and how long a collection.
func BenchmarkMillion(b *testing.B) {
	const rooms, members = 1000, 1000
	for b.Loop() {
		before := memory()
		begin := time.Now()
		_, all := crowd(b, rooms, members, `,"presence":false`)
		b.ReportMetric(float64(time.Since(begin).Nanoseconds())/float64(len(all)), "ns/join")
		begin = time.Now()
		b.ReportMetric(float64(memory()-before)/float64(len(all)), "B/connection")
		b.ReportMetric(time.Since(begin).Seconds()/2, "s/collection") // memory collects twice
		begin = time.Now()
		for i := range rooms {
			in := all[i*members:][:members]
			require.Positive(b, in[0].relay(broadcastFrame(fmt.Sprintf("room-%d", i), 256), in))
		}
		b.ReportMetric(time.Since(begin).Seconds()*1e6/rooms, "µs/broadcast")
	}
}
