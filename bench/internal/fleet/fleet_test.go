package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/bench/internal/fake"
	"github.com/parley-signaling/parley/bench/internal/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fanout runs one short phase and returns what was seen.
func fanout(t *testing.T, job load.Job, phase load.Phase, processes int) *load.Part {
	t.Helper()
	r := run(t, job, phase, processes)
	require.Contains(t, r.Parts, job.Scenario)
	return r.Parts[job.Scenario]
}

func run(t *testing.T, job load.Job, phase load.Phase, processes int) *load.Result {
	t.Helper()
	job.Run = "test"
	if job.Payload == 0 {
		job.Payload = 64
	}
	jobs := Split(job, processes)
	f, err := Start(t.Context(), Inside, jobs)
	require.NoError(t, err)
	counts := make([]int, processes)
	for i, j := range jobs {
		counts[i] = max(j.Hi-j.Lo, 2*j.InFlight)
	}
	require.NoError(t, f.Grow(counts))
	if phase.Drain == 0 {
		phase.Drain = 300 * time.Millisecond
	}
	r, err := f.Run(phase, func(load.Phase) {})
	require.NoError(t, err)
	require.NoError(t, f.End())
	return r
}

var (
	room  = load.Job{Scenario: load.Fanout, Dialect: "plain", Rooms: 2, Members: 4, Publishers: 2}
	quick = load.Phase{WarmUp: 50 * time.Millisecond, Duration: 250 * time.Millisecond, Rate: 200}
)

func TestAServerThatDoesRight(t *testing.T) {
	for _, portable := range []bool{false, true} {
		for processes := 1; processes <= 3; processes++ {
			t.Run(fmt.Sprintf("portable %v, %d processes", portable, processes), func(t *testing.T) {
				job := room
				job.URL, job.Portable = fake.New(t, nil).URL(), portable
				p := fanout(t, job, quick, processes)
				require.Zero(t, p.Tally)
				require.Zero(t, p.Failed, p.Errors)
				require.EqualValues(t, 100, p.Sent, "2 rooms, 200 messages a second each, 250 ms")
				require.EqualValues(t, 3*p.Sent, p.Latency.Count())
				require.EqualValues(t, p.Sent, p.Last.Count(), "one last arrival a message, also over processes")
				require.EqualValues(t, p.Sent, p.Late.Count())
			})
		}
	}
}

func TestFaultsAreCaught(t *testing.T) {
	always := func(f ...[]byte) [][]byte { return f }
	for name, c := range map[string]struct {
		wrong fake.Fault
		check func(t *testing.T, p *load.Part)
	}{
		"drops": {
			func(_ *fake.Member, n int, f []byte) [][]byte {
				if n == 5 {
					return nil
				}
				return always(f)
			},
			func(t *testing.T, p *load.Part) {
				require.EqualValues(t, 8, p.Tally.Lost, "one of each of 8 members")
				require.EqualValues(t, 8, p.Tally.Sum())
			},
		},
		"drops everything after a while": {
			func(_ *fake.Member, n int, f []byte) [][]byte {
				if n >= 5 {
					return nil
				}
				return always(f)
			},
			func(t *testing.T, p *load.Part) {
				require.Greater(t, p.Tally.Lost, uint64(8))
				require.Equal(t, p.Tally.Lost, p.Tally.Sum())
			},
		},
		"doubles": {
			func(_ *fake.Member, n int, f []byte) [][]byte {
				if n == 5 {
					return always(f, f)
				}
				return always(f)
			},
			func(t *testing.T, p *load.Part) {
				require.EqualValues(t, 8, p.Tally.Doubled)
				require.EqualValues(t, 8, p.Tally.Sum())
			},
		},
		"reorders": {
			func(m *fake.Member, n int, f []byte) [][]byte {
				switch { // hold six back and send them the other way round
				case n >= 10 && n < 15:
					m.Kept = append(append([]byte{}, f...), m.Kept...)
					return nil
				case n == 15:
					return always(f, m.Kept)
				}
				return always(f)
			},
			func(t *testing.T, p *load.Part) {
				require.Positive(t, p.Tally.Reordered)
				require.Equal(t, p.Tally.Reordered, p.Tally.Sum())
			},
		},
		"damages": {
			func(_ *fake.Member, n int, f []byte) [][]byte {
				if n == 5 {
					f = append([]byte{}, f...)
					f[2+1+2+3] = '!' // frame header, quote, mark, within the publisher
				}
				return always(f)
			},
			func(t *testing.T, p *load.Part) {
				require.EqualValues(t, 8, p.Tally.Damaged)
				require.EqualValues(t, 8, p.Tally.Lost, "and nothing else came for them")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			job := room
			job.URL = fake.New(t, c.wrong).URL()
			p := fanout(t, job, quick, 1)
			require.True(t, p.Tally.Bad())
			require.NotEmpty(t, p.Tally.Examples)
			c.check(t, p)
		})
	}
}

func TestEchoesAndWrongRoomsAreStrays(t *testing.T) {
	f := fake.New(t, nil)
	f.Set(func(_ *fake.Member, n int, frame []byte) [][]byte {
		if n == 5 {
			f.Everybody(frame) // the publisher too
		}
		return [][]byte{frame}
	})
	job := room
	job.URL = f.URL()
	p := fanout(t, job, quick, 1)
	require.Positive(t, p.Tally.Stray)
	require.Positive(t, p.Tally.Doubled)
}

func TestALostConnectionIsAFailure(t *testing.T) {
	f := fake.New(t, func(m *fake.Member, n int, frame []byte) [][]byte {
		if n == 5 {
			m.Conn.Close()
		}
		return [][]byte{frame}
	})
	job := room
	job.URL = f.URL()
	job.Members = 3
	job.Publishers = 1
	p := fanout(t, job, quick, 1)
	require.Positive(t, p.Failed)
	require.NotEmpty(t, p.Errors)
}

// Members that do not read are neither counted nor waited for.
func TestSlowMembersAreLeftOut(t *testing.T) {
	for _, bytes := range []int{0, 100} {
		job := room
		job.Scenario, job.URL, job.Slow, job.SlowBytes = load.Slow, fake.New(t, nil).URL(), 1, bytes
		p := fanout(t, job, quick, 2)
		require.Zero(t, p.Tally)
		require.Zero(t, p.Failed, p.Errors)
		require.Zero(t, p.Cut)
		require.EqualValues(t, 2*p.Sent, p.Latency.Count(), "of three others one is slow")
		require.EqualValues(t, p.Sent, p.Last.Count())
		job.Bystanders = 1
		p = fanout(t, job, quick, 2)
		require.Zero(t, p.Tally)
		require.EqualValues(t, 2*p.Sent/2, p.Latency.Count(), "in one of two rooms")
		require.EqualValues(t, 3*p.Sent/2, p.Others.Count(), "and in the other, of which nobody is")
	}
}

// A server that stands still delays what was meant to be sent meanwhile. A harness that
// sends nothing meanwhile, or counts from when it did, sees one slow message in hundreds.
func TestAStallShowsInThePercentiles(t *testing.T) {
	job := room
	job.Rooms, job.Publishers = 1, 1
	job.URL = fake.New(t, fake.StallOnce(30, time.Second)).URL()
	phase := load.Phase{WarmUp: 50 * time.Millisecond, Duration: 1900 * time.Millisecond, Rate: 100, Drain: 2 * time.Second}
	p := fanout(t, job, phase, 1)
	require.Zero(t, p.Tally)
	require.EqualValues(t, 190, p.Sent, "the stall keeps nothing from being sent")
	// Of 190 messages about 100 were due during the stall: a quarter of all waited 500 ms.
	require.Greater(t, p.Latency.At(76), 400*time.Millisecond)
	require.Greater(t, p.Latency.At(90), 700*time.Millisecond)
	require.GreaterOrEqual(t, p.Latency.Max(), 950*time.Millisecond)
}

func TestADelayShows(t *testing.T) {
	job := room
	job.URL = fake.New(t, func(m *fake.Member, n int, f []byte) [][]byte {
		if n%10 != 9 { // nine are kept until the tenth comes
			m.Kept = append(m.Kept, f...)
			return nil
		}
		kept := m.Kept
		m.Kept = nil
		return [][]byte{kept, f}
	}).URL()
	job.Rooms, job.Publishers = 1, 1
	p := fanout(t, job, load.Phase{WarmUp: 0, Duration: 500 * time.Millisecond, Rate: 100}, 1)
	require.Zero(t, p.Tally)
	require.Greater(t, p.Latency.At(95), 80*time.Millisecond, "90 ms for the first of ten")
	require.Greater(t, p.Latency.At(50), 30*time.Millisecond, "40 ms for the one in the middle")
}

func TestClosedLoop(t *testing.T) {
	job := room
	job.URL = fake.New(t, nil).URL()
	p := fanout(t, job, load.Phase{WarmUp: 50 * time.Millisecond, Duration: 200 * time.Millisecond, Outstanding: 4}, 2)
	require.Zero(t, p.Tally)
	require.Zero(t, p.Failed)
	require.Positive(t, p.Delivered)
	require.Positive(t, p.Last.Count())
}

func TestCallAndChurn(t *testing.T) {
	for _, c := range []load.Job{
		{Scenario: load.Call, InFlight: 5}, {Scenario: load.Call, InFlight: 5, Warm: true}, {Scenario: load.Churn, InFlight: 5},
	} {
		for _, cycles := range []float64{0, 50} {
			t.Run(fmt.Sprintf("%s, warm %v, %v a second", c.Scenario, c.Warm, cycles), func(t *testing.T) {
				job := c
				job.Dialect, job.URL = "plain", fake.New(t, nil).URL()
				p := fanout(t, job, load.Phase{WarmUp: 50 * time.Millisecond, Duration: 400 * time.Millisecond, Cycles: cycles}, 2)
				require.Zero(t, p.Tally)
				require.Zero(t, p.Failed, p.Errors)
				if cycles > 0 {
					require.EqualValues(t, 2*0.4*cycles, p.Cycle.Count())
				} else {
					require.Positive(t, p.Cycles)
				}
			})
		}
	}
}

// Publishers of these dialects hear themselves, which is neither a delivery nor a stray.
func TestDialectsThatEcho(t *testing.T) {
	for _, dialect := range []string{"y-webrtc", "trystero"} {
		t.Run(dialect, func(t *testing.T) {
			job := room
			job.Dialect, job.URL = dialect, fake.Topics(t)
			p := fanout(t, job, quick, 1)
			require.Zero(t, p.Tally)
			require.EqualValues(t, 100, p.Sent)
			require.EqualValues(t, 3*p.Sent, p.Latency.Count())
			for _, kind := range []string{load.Call, load.Churn} {
				p := fanout(t, load.Job{Scenario: kind, InFlight: 3, Dialect: dialect, URL: job.URL}, load.Phase{Duration: 300 * time.Millisecond, Cycles: 20}, 1)
				require.Zero(t, p.Tally)
				require.Zero(t, p.Failed, p.Errors)
				require.EqualValues(t, 6, p.Cycle.Count())
			}
		})
	}
}

func TestFaultsInCallsAreCaught(t *testing.T) {
	job := load.Job{Scenario: load.Call, InFlight: 3, Warm: true, Dialect: "plain"}
	job.URL = fake.New(t, func(_ *fake.Member, n int, f []byte) [][]byte {
		if n == 20 {
			return [][]byte{f, f}
		}
		return [][]byte{f}
	}).URL()
	p := fanout(t, job, load.Phase{Duration: 300 * time.Millisecond}, 1)
	require.EqualValues(t, 6, p.Tally.Doubled)
	require.EqualValues(t, 6, p.Tally.Sum())
}

// A call that hangs is a failure, and no more than that: what has not come may be on its way.
func TestACallThatHangsFails(t *testing.T) {
	job := load.Job{Scenario: load.Call, InFlight: 1, Warm: true, Dialect: "plain"}
	job.URL = fake.New(t, func(_ *fake.Member, n int, f []byte) [][]byte {
		if n >= 20 { // the rest of the second call
			return nil
		}
		return [][]byte{f}
	}).URL()
	p := fanout(t, job, load.Phase{Duration: 300 * time.Millisecond}, 1)
	require.Positive(t, p.Failed)
	require.Equal(t, []string{"nothing came for a call in 10s"}, p.Errors)
	require.Zero(t, p.Tally)
}

func TestNobodyThere(t *testing.T) {
	f := fake.New(t, nil)
	url := f.URL()
	f.Close()
	job := room
	job.URL = url
	for _, portable := range []bool{false, true} {
		job.Portable = portable
		fl, err := Start(t.Context(), Inside, Split(job, 1))
		require.NoError(t, err)
		require.ErrorContains(t, fl.Grow([]int{1}), "refused")
		require.NoError(t, fl.End())
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		job  load.Job
		n    int
		want [][2]int
	}{
		{load.Job{Rooms: 4, Members: 10}, 2, [][2]int{{0, 20}, {20, 40}}},
		{load.Job{Rooms: 3, Members: 10}, 2, [][2]int{{0, 10}, {10, 30}}},
		{load.Job{Rooms: 1, Members: 10}, 3, [][2]int{{0, 3}, {3, 6}, {6, 10}}},
		{load.Job{Scenario: load.Resume, Rooms: 6, Members: 10, Bystanders: 2}, 2, [][2]int{{0, 20}, {20, 40}, {40, 60}}},
		{load.Job{}, 2, [][2]int{{0, 0}, {0, 0}}},
	} {
		var got [][2]int
		for _, j := range Split(c.job, c.n) {
			got = append(got, [2]int{j.Lo, j.Hi})
		}
		require.Equal(t, c.want, got)
	}
	jobs := Split(load.Job{InFlight: 5}, 2)
	require.Equal(t, []int{2, 3}, []int{jobs[0].InFlight, jobs[1].InFlight})
	require.Equal(t, []int{0, 2}, []int{jobs[0].Slot, jobs[1].Slot})
}
