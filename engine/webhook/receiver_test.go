package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/actors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// receiver stands for a receiver, without a network.
type receiver struct {
	t     testing.TB
	reply func(b Body) (status int, err error) // nil: 200
	after string                               // Retry-After

	endless bool // the body of an answer has no end

	mu    sync.Mutex
	taken []Body      // in the order in which they were taken
	seen  []time.Time // of every attempt
}

var errLine = errors.New("the line is dead")

// RoundTrip implements http.RoundTripper.
func (r *receiver) RoundTrip(q *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(q.Body)
	require.NoError(r.t, err)
	require.Equal(r.t, "application/json", q.Header.Get("Content-Type"))
	var b Body
	require.NoError(r.t, json.Unmarshal(text, &b))
	require.Equal(r.t, b.ID, q.Header.Get("webhook-id"))
	r.verify(q.Header, text)
	r.mu.Lock()
	r.seen = append(r.seen, time.Now())
	r.mu.Unlock()
	status := 200
	if r.reply != nil {
		if status, err = r.reply(b); err != nil {
			return nil, err
		}
	}
	if err := q.Context().Err(); err != nil {
		return nil, err
	}
	if status < 300 {
		r.mu.Lock()
		r.taken = append(r.taken, b)
		r.mu.Unlock()
	}
	h := http.Header{}
	if r.after != "" {
		h.Set("Retry-After", r.after)
	}
	body := io.Reader(strings.NewReader("{}"))
	if r.endless {
		body = talk{q.Context()}
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Header: h, Body: io.NopCloser(body), Request: q,
	}, nil
}

// talk is a body of which nothing comes.
type talk struct{ ctx context.Context }

func (b talk) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

// verify is what a receiver does with the headers.
func (r *receiver) verify(h http.Header, body []byte) {
	key, err := ParseSecret(secret)
	require.NoError(r.t, err)
	var seconds int64
	_, err = fmt.Sscan(h.Get("webhook-timestamp"), &seconds)
	require.NoError(r.t, err)
	require.WithinDuration(r.t, time.Now(), time.Unix(seconds, 0), time.Minute)
	want := http.Header{}
	sign(want, [][]byte{key}, h.Get("webhook-id"), time.Unix(seconds, 0), body)
	require.Equal(r.t, want.Get("webhook-signature"), h.Get("webhook-signature"))
}

// bodies are what was taken.
func (r *receiver) bodies() []Body {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken)
}

// times are those of all attempts.
func (r *receiver) times() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// sequences are those of what was taken.
func (r *receiver) sequences() (list []uint64) {
	for _, b := range r.bodies() {
		list = append(list, b.Sequence)
	}
	return list
}

func (r *receiver) attempts() int { return len(r.times()) }

// hub is one with a receiver.
func (r *receiver) hub(o Options) *Hub {
	o.URLs, o.Secrets, o.Node, o.Transport = []string{"https://receiver.example/hook?token=hidden"}, []string{secret}, "n1", r
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	h, err := New(o)
	require.NoError(r.t, err)
	return h
}

// bubble runs f with a receiver, in a time of its own.
func bubble(t *testing.T, f func(t *testing.T, r *receiver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, &receiver{t: t}) })
}

// joined is a notice about room i.
func joined(i int) actors.Notice {
	return actors.Notice{
		Kind: actors.MemberJoined, At: time.Now(), RoomName: actors.RoomName{Name: fmt.Sprint("room ", i)},
		Member: actors.MemberInfo{Member: actors.Member{ID: "m"}},
	}
}
