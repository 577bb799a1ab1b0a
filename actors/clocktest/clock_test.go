package clocktest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary collects what rings, and when.
type diary struct {
	clock *Clock
	begin time.Time
	mu    sync.Mutex
	lines []string
}

func newDiary(c *Clock) *diary { return &diary{clock: c, begin: c.Now()} }

func (d *diary) write(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%s@%v", name, d.clock.Now().Sub(d.begin)))
}

func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

func TestAlarmsRingInTheOrderOfTheirTimes(t *testing.T) {
	c := New()
	d := newDiary(c)
	for _, s := range []int{3, 1, 2, 1, 7} {
		c.AfterFunc(time.Duration(s)*time.Second, func() { d.write(fmt.Sprint(s)) })
	}
	c.AfterFunc(time.Second, func() {
		c.AfterFunc(time.Second/2, func() { d.write("set on the way") })
	})
	c.Advance(time.Second - 1)
	require.Empty(t, d.read())
	c.Advance(4*time.Second + 1)
	require.Equal(t, []string{"1@1s", "1@1s", "set on the way@1.5s", "2@2s", "3@3s"}, d.read())
	require.Equal(t, 5*time.Second, c.Now().Sub(d.begin), "it stands where it was put")
	c.Advance(time.Hour)
	require.Equal(t, []string{"7@7s"}, d.read())
}

func TestAlarmIsSetAgainAndStopped(t *testing.T) {
	c := New()
	d := newDiary(c)
	a := c.AfterFunc(time.Second, func() { d.write("a") })
	b := c.AfterFunc(time.Second, func() { d.write("b") })
	require.True(t, a.Reset(2*time.Second))
	require.True(t, b.Stop())
	require.False(t, b.Stop())
	c.Advance(time.Second)
	require.Empty(t, d.read())
	c.Advance(time.Second)
	require.Equal(t, []string{"a@2s"}, d.read())
	require.False(t, a.Stop())
	require.False(t, a.Reset(time.Second))
	require.False(t, b.Reset(3*time.Second))
	c.Advance(time.Hour)
	require.Equal(t, []string{"a@3s", "b@5s"}, d.read())
}

// What is due at once does not wait for an Advance, and is waited for.
func TestAlarmThatIsDueAtOnce(t *testing.T) {
	c := New()
	d := newDiary(c)
	c.AfterFunc(0, func() { d.write("now") })
	c.AfterFunc(-time.Second, func() { d.write("now") })
	c.Settle()
	require.Equal(t, []string{"now@0s", "now@0s"}, d.read())
}

func TestTimeDoesNotGoBack(t *testing.T) {
	require.Panics(t, func() { New().Advance(-1) })
}

// Goroutines that sleep in turn, and start others, have done all that is due by each step.
func TestAdvanceWaitsForWhatItSetsOff(t *testing.T) {
	c := New()
	d := newDiary(c)
	for i := range 3 {
		c.Go(func() {
			for n := range 100 {
				_ = c.Sleep(context.Background(), time.Second)
				done := make(chan struct{})
				c.Go(func() { runtime.Gosched(); close(done) })
				<-done
				if n == 99 {
					d.write(fmt.Sprint(i))
				}
			}
		})
	}
	c.Advance(100*time.Second - 1)
	require.Empty(t, d.read())
	c.Advance(1)
	require.ElementsMatch(t, []string{"0@1m40s", "1@1m40s", "2@1m40s"}, d.read())
}

func TestSleepEndsWithItsContext(t *testing.T) {
	c := New()
	d := newDiary(c)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	c.Go(func() {
		err := c.Sleep(ctx, time.Hour)
		d.write(err.Error())
		done <- err
	})
	c.Advance(time.Minute)
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	c.Advance(time.Hour)
	require.Equal(t, []string{"context canceled@1m0s"}, d.read())
	require.Zero(t, c.busy)
	require.Zero(t, c.alarms.Len())
}

// The alarm and the end of the context may come together, in either order.
func TestSleepThatIsCancelledAsItsTimeComes(t *testing.T) {
	for range 200 {
		c := New()
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		c.Go(func() { defer close(ended); _ = c.Sleep(ctx, time.Second) })
		c.Settle()
		go cancel()
		c.Advance(time.Second)
		<-ended
		c.Settle()
		require.Zero(t, c.busy)
	}
}

func TestWhatDoesNotSettleIsReported(t *testing.T) {
	c := New()
	c.patience = time.Millisecond
	begun, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	c.Go(func() { defer close(ended); theObstinate(begun, release) })
	<-begun
	func() {
		defer func() { require.Contains(t, recover(), "theObstinate(") }()
		c.Advance(time.Second)
	}()
	close(release)
	<-ended
	c.patience = patience
	c.Advance(time.Second)
}

//go:noinline
func theObstinate(begun, release chan struct{}) {
	close(begun)
	<-release
}
