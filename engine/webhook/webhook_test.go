package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// The vector of the standard's own libraries (TestWebhookSign of libraries/go).
func TestTheSignatureIsTheStandards(t *testing.T) {
	key, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	h := http.Header{}
	sign(h, [][]byte{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", h.Get("webhook-signature"))
	require.Equal(t, "1614265330", h.Get("webhook-timestamp"))
	require.Equal(t, "msg_p5jXN8AQM9LWM0D4loKWxJek", h.Get("webhook-id"))

	other, err := ParseSecret("whsec_" + strings.Repeat("AAAA", 8))
	require.NoError(t, err)
	sign(h, [][]byte{other, key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	both := strings.Split(h.Get("webhook-signature"), " ")
	require.Len(t, both, 2)
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", both[1])
}

// While a secret is replaced the engine signs with both: receivers that know either take all, as the
// standard's libraries verify it, and one that knows neither takes nothing.
func TestASecretIsReplacedWithoutALoss(t *testing.T) {
	before, after, foreign := secret, "whsec_"+strings.Repeat("AAAA", 8), "whsec_"+strings.Repeat("BBBB", 8)
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			signs []string
			knows string
			takes bool
		}{
			{[]string{before}, before, true},
			{[]string{after, before}, before, true}, {[]string{after, before}, after, true}, {[]string{after, before}, foreign, false},
			{[]string{after}, after, true}, {[]string{after}, before, false},
		} {
			known, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.knows, "whsec_"))
			require.NoError(t, err)
			h, err := New(Options{URLs: []string{"http://a.example"}, Secrets: c.signs, Node: "n1", Transport: verifier(known), Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			h.Observe(joined(1))
			h.Observe(joined(2))
			require.NoError(t, h.Close(t.Context()))
			if c.takes {
				require.Equal(t, Stats{Sent: 2}, h.Stats(), c)
			} else {
				require.Equal(t, Stats{Failed: 2, Dropped: 2}, h.Stats(), c)
			}
		}
	})
}

// verifier is a receiver with one key that takes what is signed with it, and answers 401 to the rest.
type verifier []byte

func (v verifier) RoundTrip(q *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, v)
	fmt.Fprintf(m, "%s.%s.%s", q.Header.Get("webhook-id"), q.Header.Get("webhook-timestamp"), body)
	status := http.StatusUnauthorized
	for _, s := range strings.Fields(q.Header.Get("webhook-signature")) {
		version, text, _ := strings.Cut(s, ",")
		if sum, err := base64.StdEncoding.DecodeString(text); err == nil && version == "v1" && hmac.Equal(sum, m.Sum(nil)) {
			status = http.StatusOK
		}
	}
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: http.NoBody, Request: q}, nil
}

func TestWrongOptionsAreRefusedByName(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{}, "Secrets: none"},
		{Options{Secrets: []string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}, "Secrets: must be"},
		{Options{Secrets: []string{"whsec_c2hvcnQ="}}, "24 to 64 bytes"},
		{Options{Secrets: []string{"whsec_" + strings.Repeat("AAAA", 22)}}, "24 to 64 bytes"},
		{Options{Secrets: []string{secret}, URLs: []string{"ftp://a.example"}}, "URLs: must be an http or https URL"},
		{Options{Secrets: []string{secret}, URLs: []string{"https://"}}, "URLs: "},
		{Options{Secrets: []string{secret}, Events: []string{"room.burnt"}}, `Events: "room.burnt" is none of room.started`},
	} {
		_, err := New(c.o)
		require.ErrorContains(t, err, c.want)
		for _, s := range c.o.Secrets {
			require.NotContains(t, err.Error(), s)
		}
	}
}

func TestTheBody(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		h := r.hub(Options{Events: Names})
		at := time.Now()
		n := actors.Notice{
			Kind: actors.RoomStarted, At: at, RoomName: actors.RoomName{Namespace: "swoole", Name: "käse/部屋"},
			Epoch: "e1", Seq: 7, Members: 1,
		}
		h.Observe(n)
		n.Kind, n.Member = actors.MemberJoined, actors.MemberInfo{
			Subject: "alice", Connection: "conn/1",
			Member: actors.Member{ID: "mA", Since: 3, Role: wire.RoleModerator, Profile: wire.Value{Codec: wire.Msgpack, Bytes: []byte{0xa1, 'A'}}},
		}
		h.Observe(n)
		n.Kind, n.Reason = actors.MemberLeft, "timeout"
		h.Observe(n)
		synctest.Wait()
		require.NoError(t, h.Close(t.Context()))
		require.Len(t, r.bodies(), 3)
		text := func(b Body) string {
			j, err := json.Marshal(b)
			require.NoError(t, err)
			return string(j)
		}
		stamp := at.UTC().Format(time.RFC3339Nano)
		require.JSONEq(t, `{"type":"room.started","timestamp":"`+stamp+`","id":"evt_n1_1","node":"n1","sequence":1,"missing":0,
			"data":{"namespace":"swoole","room":"käse/部屋","epoch":"e1","seq":7,"members":1}}`, text(r.bodies()[0]))
		require.JSONEq(t, `{"type":"member.joined","timestamp":"`+stamp+`","id":"evt_n1_2","node":"n1","sequence":2,"missing":0,
			"data":{"namespace":"swoole","room":"käse/部屋","epoch":"e1","seq":7,"members":1,
			"member":{"member":"mA","since":3,"role":"moderator","hidden":false,"subject":"alice","profile":"A"}}}`, text(r.bodies()[1]))
		require.JSONEq(t, `{"type":"member.left","timestamp":"`+stamp+`","id":"evt_n1_3","node":"n1","sequence":3,"missing":0,
			"data":{"namespace":"swoole","room":"käse/部屋","epoch":"e1","seq":7,"members":1,"reason":"timeout",
			"member":{"member":"mA","since":3,"role":"moderator","hidden":false,"subject":"alice"}}}`, text(r.bodies()[2]))
	})
}

func TestOnlyWhatIsWantedIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		h := r.hub(Options{})
		for k := range Names {
			n := joined(1)
			n.Kind = actors.NoticeKind(k)
			h.Observe(n)
		}
		require.NoError(t, h.Close(t.Context()))
		var types []string
		for _, b := range r.bodies() {
			types = append(types, b.Type)
		}
		require.ElementsMatch(t, Defaults, types)
		require.ElementsMatch(t, []uint64{1, 2, 3, 4}, r.sequences())
	})
}

func TestEveryReceiverIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, r *receiver) {
		h, err := New(Options{
			URLs: []string{"http://a.example", "http://b.example"}, Secrets: []string{secret}, Node: "n1", Transport: r,
		})
		require.NoError(t, err)
		h.Observe(joined(1))
		require.NoError(t, h.Close(t.Context()))
		require.Equal(t, []uint64{1, 1}, r.sequences())
		require.Equal(t, Stats{Sent: 2}, h.Stats())
	})
}

// What is not wanted costs a room next to nothing, and what is wanted no more than its place in
// the queue.
func TestWhatIsNotWantedCostsNoMemory(t *testing.T) {
	h, err := New(Options{URLs: []string{"http://a.example"}, Secrets: []string{secret}, Events: []string{"room.ended"}})
	require.NoError(t, err)
	n := joined(1)
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Observe(n) }))
	require.NoError(t, h.Close(t.Context()))
}

func BenchmarkObserve(b *testing.B) {
	for name, events := range map[string][]string{"unwanted": {"room.ended"}, "dropped": {"member.joined"}} {
		b.Run(name, func(b *testing.B) {
			h, err := New(Options{URLs: []string{"http://a.example"}, Secrets: []string{secret}, Events: events, MaxEvents: 1, MaxBytes: 1})
			require.NoError(b, err)
			n := joined(1)
			b.ReportAllocs()
			for b.Loop() {
				h.Observe(n)
			}
		})
	}
	b.Run("queued", func(b *testing.B) {
		n := joined(1)
		b.ReportAllocs()
		for left := b.N; left > 0; left -= MaxEvents {
			b.StopTimer()
			h, err := New(Options{
				URLs: []string{"http://a.example"}, Secrets: []string{secret}, Transport: stalled{}, Logger: slog.New(slog.DiscardHandler),
			})
			require.NoError(b, err)
			b.StartTimer()
			for range min(left, MaxEvents) {
				h.Observe(n)
			}
			b.StopTimer()
			h.endpoints[0].end()
		}
	})
}

// stalled answers nothing.
type stalled struct{}

func (stalled) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
