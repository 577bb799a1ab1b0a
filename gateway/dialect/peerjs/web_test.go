package peerjs

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
)

func (r *rig) get(method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	q := httptest.NewRequest(method, "/", nil)
	q.URL.Path = path // as the gateway leaves it
	r.HTTP().ServeHTTP(w, q)
	return w
}

func TestHTTP(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		for _, path := range []string{"", "/"} {
			w := r.get("GET", path)
			require.JSONEq(t, `{"name":"PeerJS Server","description":"A server side element to broker connections between PeerJS clients.","website":"https://peerjs.com/"}`, w.Body.String())
			require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"))
		}
		seen := map[string]bool{}
		for _, path := range []string{"/id", "/peerjs/id", "/other/id"} {
			w := r.get("GET", path)
			require.Equal(t, http.StatusOK, w.Code)
			require.Regexp(t, `^[0-9a-f-]{36}$`, w.Body.String())
			seen[w.Body.String()] = true
		}
		require.Len(t, seen, 3)
		require.Equal(t, http.StatusUnauthorized, r.get("GET", "/peers").Code)
		require.Equal(t, http.StatusNotFound, r.get("GET", "/a/b/c").Code)
		require.Equal(t, http.StatusMethodNotAllowed, r.get("POST", "/id").Code)
		require.Equal(t, http.StatusNoContent, r.get("OPTIONS", "/id").Code)
	})
}

func TestDiscovery(t *testing.T) {
	bubble(t, actors.Options{}, Options{Discovery: true, Key: "k"}, func(t *testing.T, r *rig) {
		require.JSONEq(t, `[]`, r.get("GET", "/k/peers").Body.String())
		synctest.Wait()
		require.Zero(t, r.Sys.Stats().Rooms, "to ask brings no room to life")
		for _, id := range []string{"a", "b"} {
			r.Connect("key=k&token=t&id=" + id).Hears(`{"type":"OPEN"}`)
		}
		require.JSONEq(t, `["a","b"]`, r.get("GET", "/k/peers").Body.String())
		require.Equal(t, http.StatusUnauthorized, r.get("GET", "/peers").Code)
		require.NoError(t, r.Sys.Close(context.Background()))
		require.Equal(t, http.StatusServiceUnavailable, r.get("GET", "/k/peers").Code)
	})
}
