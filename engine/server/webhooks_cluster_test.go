package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/engine/webhook"
	sdk "github.com/parley-signaling/parley/gateway/client"
)

// ledger is a receiver of webhooks that counts what it is told, each id once, by room and epoch.
type ledger struct {
	mu    sync.Mutex
	ids   map[string]bool
	rooms map[string]map[string]int
}

func (l *ledger) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var b webhook.Body
	if json.NewDecoder(r.Body).Decode(&b) != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids[b.ID] {
		return
	}
	l.ids[b.ID] = true
	key := b.Data.Room + " " + b.Data.Epoch
	if l.rooms[key] == nil {
		l.rooms[key] = map[string]int{}
	}
	l.rooms[key][b.Type]++
}

func (l *ledger) ended() (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, told := range l.rooms {
		n += told["room.ended"]
	}
	return n
}

// Rooms move as an engine comes, and again as another drains: webhooks tell of each start, end, coming and going once.
func TestWebhooksOverMoves(t *testing.T) {
	nats := startNATS(t)
	l := &ledger{ids: map[string]bool{}, rooms: map[string]map[string]int{}}
	receiver := httptest.NewServer(l)
	t.Cleanup(receiver.Close)
	var servers []*server.Server
	add := func() {
		s := newServer(t, server.Config{
			Clustering: server.Clustering{Cluster: []string{nats.ClientURL()}}, RetryAfter: 10 * time.Millisecond,
			WebhookURL: []string{receiver.URL}, WebhookSecret: []string{webhookSecret}, DrainTimeout: patience,
		})
		servers = append(servers, s)
		for _, o := range servers {
			require.Eventually(t, func() bool { v, _ := o.ClusterStats(); return v.Nodes == len(servers) }, patience, 5*time.Millisecond)
		}
	}
	add()
	add()
	const rooms = 20
	var members []*sdk.Room
	for i := range 2 {
		dial := func(ctx context.Context, network, _ string) (nc net.Conn, err error) {
			for k := range servers {
				var d net.Dialer
				if nc, err = d.DialContext(ctx, network, servers[(i+k)%len(servers)].Addr().String()); err == nil {
					return nc, nil
				}
			}
			return nil, err
		}
		c, err := sdk.Dial(t.Context(), "ws"+servers[i].URL()[len("http"):]+"ws", sdk.Options{NetDial: dial})
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		for r := range rooms {
			room, err := c.Join(t.Context(), fmt.Sprint("room-", r), sdk.JoinOptions{})
			require.NoError(t, err)
			members = append(members, room)
		}
	}
	everybodySpeaks := func() {
		for _, m := range members {
			_, err := m.Send(t.Context(), "hello", nil)
			require.NoError(t, err)
		}
	}
	everybodySpeaks()
	add()
	everybodySpeaks()
	require.NoError(t, servers[0].Shutdown(t.Context()))
	everybodySpeaks()
	for _, m := range members {
		require.NoError(t, m.Leave(t.Context()))
	}
	require.Eventually(t, func() bool { return l.ended() == rooms }, patience, 5*time.Millisecond)
	for _, s := range servers[1:] { // what waits is sent
		require.NoError(t, s.Shutdown(t.Context()))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	require.Len(t, l.rooms, rooms, "none has begun anew")
	for room, told := range l.rooms {
		require.Equal(t, map[string]int{"room.started": 1, "member.joined": 2, "member.left": 2, "room.ended": 1}, told, room)
	}
}
