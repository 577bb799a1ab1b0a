package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/engine/api"
)

const key = "Idempotency-Key"

func TestARepeatedRequestIsCarriedOutOnce(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		p := e.Peer()
		p.Join("r")
		const path, body = "/api/v1/rooms/r/events", `{"event":"e","data":1}`
		first := e.ask("POST", path, body, key, "k1")
		first.ok(201)
		require.Empty(t, first.header.Get("Idempotency-Replayed"))
		again := e.ask("POST", path, body, key, "k1")
		require.Equal(t, first.text, again.text)
		require.Equal(t, 201, again.status)
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		p.Expect("event", "seq", 2)
		p.Quiet()

		e.ask("POST", path, `{"event":"e","data":2}`, key, "k1").problem(422, "key_reused", key)
		e.ask("POST", "/api/v1/rooms/r2/events", body, key, "k1").problem(422, "key_reused", key)
		e.ask("POST", path, body, key, "k2").ok(201)
		p.Expect("event", "seq", 3)
		time.Sleep(10 * time.Minute)
		e.ask("POST", path, body, key, "k1").ok(201) // forgotten
		p.Expect("event", "seq", 4)
		e.ask("POST", path, body, key, strings.Repeat("k", 129)).problem(400, "bad_request", key)
	})
}

func TestRefusalsAreRepeatedToo(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		e.ask("POST", "/api/v1/rooms/r/close", `{}`, key, "k").problem(404, "no_such_room", "name")
		e.Peer().Join("r")
		e.ask("POST", "/api/v1/rooms/r/close", `{}`, key, "k").problem(404, "no_such_room", "name")
		e.ask("GET", "/api/v1/rooms/r", "").ok(200)
	})
}

func TestEveryPostKnowsKeys(t *testing.T) {
	bubble(t, options{api: api.Options{Drain: func() {}}}, func(e *engine) {
		e.ask("GET", "/api/v1/rooms", "", key, "used").ok(200)
		posts := append(writes("r", "x"), write{"POST", "/api/v1/node/drain", `{}`}, write{"POST", "/api/v1/connections/x/disconnect", `{}`})
		e.ask("POST", "/api/v1/rooms/nowhere/close", `{}`, key, "used")
		for _, w := range posts {
			if w.method == "POST" {
				e.ask(w.method, w.path, w.body, key, "used").problem(422, "key_reused", key)
			}
		}
	})
}

func TestWhatWasNotDoneIsDoneAtTheSecondTime(t *testing.T) {
	var free chan struct{}
	prepare := func(s *actors.System) error {
		free = make(chan struct{})
		return stuck(s, free)
	}
	bubble(t, options{prepare: prepare, actors: actors.Options{Watchdog: -1}}, func(e *engine) {
		release := sync.OnceFunc(func() { close(free) })
		defer release()
		p := e.Peer()
		p.Join("stuck")
		p.Do("send", "room", "stuck", "event", "stick")
		time.Sleep(time.Millisecond)
		const path, body = "/api/v1/rooms/stuck/events", `{"event":"e"}`
		e.ask("POST", path, body, key, "k").problem(503, "busy", "")
		release()
		e.ask("POST", path, body, key, "k").ok(201)
		p.Expect("event", "seq", 3) // 2 was "stick"
		p.Quiet()
	})
}

func TestTheSameRequestTwiceAtOnce(t *testing.T) {
	var free chan struct{}
	prepare := func(s *actors.System) error {
		free = make(chan struct{})
		return stuck(s, free)
	}
	bubble(t, options{prepare: prepare, actors: actors.Options{Watchdog: -1}}, func(e *engine) {
		p := e.Peer()
		p.Join("stuck")
		p.Do("send", "room", "stuck", "event", "stick")
		time.Sleep(time.Millisecond)
		time.AfterFunc(time.Second, func() { close(free) })
		texts := make([]string, 5)
		var all sync.WaitGroup
		for i := range texts {
			all.Go(func() { texts[i] = e.ask("POST", "/api/v1/rooms/stuck/events", `{"event":"e"}`, key, "k").text })
		}
		all.Wait()
		for _, text := range texts {
			require.Equal(t, texts[0], text)
			require.Contains(t, text, `"seq":3`)
		}
		p.Expect("event", "seq", 3)
		p.Quiet()
	})
}

func TestMemoryOfKeysIsBounded(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		p := e.Peer()
		p.Join("r")
		ids := make([]string, 255) // an answer that names them has 30 KB
		for i := range ids {
			ids[i] = fmt.Sprintf(`"%0120d"`, i)
		}
		self := e.ask("GET", "/api/v1/rooms/r", "").ok(200)
		body := fmt.Sprintf(`{"event":"e","to":[%q,%s]}`, list(self, "members")[0]["member"], strings.Join(ids, ","))
		for i := range 150 {
			e.bare("POST", "/api/v1/rooms/r/events", body, key, fmt.Sprint(i))
			require.LessOrEqual(t, api.RememberedBytes(e.api), 4<<20)
		}
		require.Greater(t, api.RememberedBytes(e.api), 3<<20)
		last := e.ask("POST", "/api/v1/rooms/r/events", body, key, "149")
		require.Equal(t, "true", last.header.Get("Idempotency-Replayed"))
		e.ask("POST", "/api/v1/rooms/r/events", body, key, "0").ok(201) // forgotten
		for i := range 5000 {
			e.bare("POST", "/api/v1/rooms/none/close", `{}`, key, fmt.Sprint("n", i))
		}
		require.Equal(t, 4096, api.RememberedKeys(e.api))
	})
}
