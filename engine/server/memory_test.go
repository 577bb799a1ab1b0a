package server

import (
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBudgetHasTwoMarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var used uint64
		b := &budget{limit: 1000, log: slog.New(slog.DiscardHandler), used: func() uint64 { return used }}
		for _, c := range []struct {
			used uint64
			full bool
		}{{0, false}, {849, false}, {850, true}, {2000, true}, {750, true}, {849, true}, {749, false}, {849, false}, {900, true}} {
			used = c.used
			b.check()
			require.Equal(t, c.full, b.full(), used)
		}
		b.close()
	})
}

func TestNoBudget(t *testing.T) {
	b := newBudget(0, slog.New(slog.DiscardHandler))
	runtime.GC()
	require.False(t, b.full())
	b.close()
}

// TestMemoryBudget fills a real heap: whoever is there goes on, nobody new comes in, and once
// the memory is free again, all is well.
func TestMemoryBudget(t *testing.T) {
	const mib = 1 << 20
	runtime.GC()
	s, err := New(Config{
		Addr: "127.0.0.1:0", Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Limits: Limits{MemoryLimit: int64(survived()) + 200*mib},
	})
	require.NoError(t, err)
	require.NoError(t, s.Start())
	defer s.Shutdown(t.Context())
	ask := func(path string) (int, string) {
		r, err := http.NewRequest("GET", s.URL()+path, nil)
		require.NoError(t, err)
		if path == "ws" {
			r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
				"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		}
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
		res, err := client.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		if res.StatusCode == http.StatusSwitchingProtocols {
			return res.StatusCode, ""
		}
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body) + res.Header.Get("Retry-After")
	}
	status, _ := ask("ws")
	require.Equal(t, http.StatusSwitchingProtocols, status)

	ballast := make([]byte, 300*mib)
	runtime.GC()
	require.Eventually(t, s.budget.full, 20*time.Second, time.Millisecond)
	status, answer := ask("ws")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.True(t, strings.HasPrefix(answer, "the server is short of memory"), answer)
	require.NotEqual(t, byte('\n'), answer[len(answer)-1], "it says when to come again")
	status, answer = ask("readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, answer, "overloaded")
	status, _ = ask("healthz")
	require.Equal(t, http.StatusOK, status, "it lives")
	runtime.KeepAlive(ballast)

	ballast = nil
	debug.FreeOSMemory()
	require.Eventually(t, func() bool { return !s.budget.full() }, 20*time.Second, time.Millisecond)
	status, _ = ask("ws")
	require.Equal(t, http.StatusSwitchingProtocols, status)
}
