package apprtc

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"encoding/json"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/gateway/dialect"
)

// TestCallOverTwoNodes: caller and callee ask different nodes; then the call moves to a third one.
func TestCallOverTwoNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := clustertest.New()
		var nodes []*clustertest.Node
		var servers []dialect.Web
		for range 2 {
			node := net.NewNode()
			sys, err := actors.NewSystem(actors.Options{Cluster: node, Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			defer func() { require.NoError(t, sys.Close(t.Context())) }()
			node.System = sys
			d, err := New(sys, Options{Grace: time.Minute})
			require.NoError(t, err)
			nodes, servers = append(nodes, node), append(servers, d)
		}
		net.Join(nodes...)
		synctest.Wait()
		ask := func(node int, path, body string) (a struct {
			Result result
			Params struct {
				ID        string   `json:"client_id"`
				Initiator string   `json:"is_initiator"`
				Messages  []string `json:"messages"`
			}
		}) {
			w := httptest.NewRecorder()
			servers[node].HTTP().ServeHTTP(w, httptest.NewRequest("POST", "http://signal.example"+path, strings.NewReader(body)))
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), w.Body.String())
			return a
		}
		for _, room := range []string{"a", "b", "c", "d", "e", "f"} { // of either node
			caller := ask(0, "/join/"+room, "").Params
			require.Equal(t, "true", caller.Initiator)
			require.Equal(t, success, ask(1, "/message/"+room+"/"+caller.ID, "offer").Result)
		}
		// All calls go to the first node, with what waits in them.
		net.Leave(nodes[1])
		require.NoError(t, nodes[1].System.Leave(t.Context()))
		synctest.Wait() // the last of them may just be arriving
		require.Equal(t, 6, nodes[0].System.Stats().Rooms)
		for _, room := range []string{"a", "b", "c", "d", "e", "f"} {
			callee := ask(1, "/join/"+room, "").Params
			require.Equal(t, "false", callee.Initiator, room)
			require.Equal(t, []string{"offer"}, callee.Messages)
			require.Equal(t, full, ask(0, "/join/"+room, "").Result)
		}
		time.Sleep(2 * time.Minute) // nobody has registered
	})
}
