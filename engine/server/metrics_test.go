package server_test

import (
	"bufio"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
)

// scrape reads /metrics as series and values.
func scrape(t *testing.T, s *server.Server) map[string]float64 {
	t.Helper()
	_, body := operator(t, s.AdminAddr(), "", "/metrics")
	values := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		if i := strings.LastIndexByte(lines.Text(), ' '); !strings.HasPrefix(lines.Text(), "#") && i > 0 {
			v, err := strconv.ParseFloat(lines.Text()[i+1:], 64)
			require.NoError(t, err)
			values[lines.Text()[:i]] = v
		}
	}
	return values
}

// eventually waits until a series has a value: a shard tells its counts at the end of a turn.
func eventually(t *testing.T, s *server.Server, series string, want float64) {
	t.Helper()
	require.Eventually(t, func() bool { return scrape(t, s)[series] == want }, patience, 1, series)
}

func TestMetricsOfACall(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0", Shards: 2, YWebRTCAddr: "127.0.0.1:0"})
	a, b := connect(t, s, wire.JSON), connect(t, s, wire.Msgpack)
	dialURL(t, "ws://"+s.DialectAddr("y-webrtc").String()+"/")
	a.join("den", 1)
	jb := b.join("den", 1)
	next[*wire.MemberChange](a)
	for range 10 {
		a.send(&wire.Request{Kind: wire.KindSend, Room: "den", Event: "chat"})
		next[*wire.Event](b)
	}
	a.send(&wire.Request{Kind: wire.KindKick, ID: 2, Room: "den", Member: "nobody"})
	next[*wire.Error](a)

	eventually(t, s, "parley_messages_received_total", 13)
	m := scrape(t, s)
	for series, want := range map[string]float64{
		`parley_connections{dialect="parley"}`:                      2,
		`parley_connections{dialect="y-webrtc"}`:                    1,
		`parley_connections{dialect="swoole"}`:                      0,
		"parley_rooms":                                              1,
		"parley_members":                                            2,
		"parley_messages_delivered_total":                           2 + 1 + 10 + 1,
		"parley_members_joined_total":                               2,
		"parley_upgrades_total":                                     3,
		`parley_requests_refused_total{code="no_such_member"}`:      1,
		`parley_upgrades_refused_total{reason="origin"}`:            0,
		"parley_draining":                                           0,
		"parley_turn_allocations":                                   0,
		`parley_handover_seconds_bucket{to="room",le="+Inf"}`:       m[`parley_handover_seconds_count{to="room"}`],
		`parley_handover_seconds_bucket{to="connection",le="+Inf"}`: m[`parley_handover_seconds_count{to="connection"}`],
	} {
		v, ok := m[series]
		require.True(t, ok, series)
		require.Equal(t, want, v, series)
	}
	require.NotZero(t, m[`parley_handover_seconds_count{to="room"}`])
	require.NotZero(t, m["parley_received_bytes_total"])
	require.NotZero(t, m["parley_writes_total"])
	require.NotZero(t, m["process_open_fds"])
	require.NotZero(t, m["go_goroutines"])

	for scrape(t, s)[`parley_handover_seconds_count{to="connection"}`] == 0 { // one turn in eight
		a.send(&wire.Request{Kind: wire.KindSend, Room: "den", Event: "chat"})
		next[*wire.Event](b)
	}
	require.NoError(t, b.conn.Close())
	eventually(t, s, "parley_members_suspended_total", 1)
	back := connect(t, s, wire.Msgpack)
	back.send(&wire.Request{Kind: wire.KindJoin, ID: 2, Room: "den", Resume: &wire.Resume{
		Member: jb.Self.Member, Key: jb.Self.Key, Epoch: jb.Epoch, Seq: jb.Seq,
	}})
	require.True(t, next[*wire.Joined](back).Recovered)
	eventually(t, s, `parley_resumes_total{outcome="recovered"}`, 1)
	eventually(t, s, `parley_connections_ended_total{reason="lost"}`, 1)
	eventually(t, s, `parley_connections{dialect="parley"}`, 2)
}

// What goes wrong is counted by its reason, and what the process does by the runtime's own counts.
func TestMetricsOfTrouble(t *testing.T) {
	s := start(t, server.Config{AdminAddr: "127.0.0.1:0", YWebRTCAddr: "127.0.0.1:0"})
	c := dialURL(t, "ws://"+s.DialectAddr("y-webrtc").String()+"/")
	require.NoError(t, wsutil.WriteClientText(c.conn, []byte(`{"type":"publish","topic":"nobody is here"}`)))
	eventually(t, s, `parley_messages_dropped_total{reason="nobody"}`, 1)

	_, err := dialWith(t, "ws"+strings.TrimPrefix(s.URL(), "http")+"ws", ws.Dialer{Header: ws.HandshakeHeaderHTTP{"Origin": {"https://foe.example"}}})
	require.Error(t, err)
	eventually(t, s, `parley_upgrades_refused_total{reason="origin"}`, 1)

	a := connect(t, s, wire.JSON)
	a.join("den", 1)
	require.NotZero(t, scrape(t, s)[`parley_mailbox_letters_peak{mailbox="room"}`])
	before := scrape(t, s)["go_gc_duration_seconds_count"]
	runtime.GC()
	require.Greater(t, scrape(t, s)["go_gc_duration_seconds_count"], before)
}
