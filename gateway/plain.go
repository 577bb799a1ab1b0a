package gateway

import (
	"net/http"
	"strings"

	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/quota"
)

// plain answers what is not an upgrade: with the dialect whose path it is at or below, if that
// has HTTP of its own, else with Options.HTTP.
func (g *Gateway) plain(w http.ResponseWriter, r *http.Request) {
	for at := r.URL.Path; at != ""; at = parent(at) {
		if d := g.o.Routes[at]; d != nil {
			if web, ok := d.(dialect.Web); ok {
				if g.o.Overloaded() {
					g.stats.refuse(RefusedOverloaded)
					refusedOverloaded.write(w)
					return
				}
				http.StripPrefix(at, web.HTTP()).ServeHTTP(w, g.introduce(r))
				return
			}
		}
	}
	switch web, ok := g.o.Fallback.(dialect.Web); {
	case g.o.HTTP != nil:
		g.o.HTTP.ServeHTTP(w, r)
	case ok:
		web.HTTP().ServeHTTP(w, g.introduce(r))
	default:
		http.NotFound(w, r)
	}
}

// introduce tells a dialect who asks.
func (g *Gateway) introduce(r *http.Request) *http.Request {
	_, client := g.clientOf(r)
	key := quota.KeyOf(client)
	return dialect.WithClient(r, &dialect.Client{
		Name: key.String(), Rooms: func() bool { return g.o.Quota.OpenRoom(key) },
	})
}

// parent takes the last part off a path: "/a/b", "/a", "".
func parent(path string) string { return path[:max(strings.LastIndexByte(path, '/'), 0)] }
