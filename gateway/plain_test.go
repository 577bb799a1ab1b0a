package gateway

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/parley-signaling/parley/gateway/dialect"
	"github.com/parley-signaling/parley/gateway/quota"
)

// sayer is a dialect with HTTP of its own.
type sayer struct{ echo }

func (sayer) HTTP() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s of the dialect%s", r.URL.Path, dialect.ClientOf(r).Name)
	})
}

func (s *server) wantGet(t *testing.T, path string, status int, body string) {
	t.Helper()
	p := s.dial(t)
	p.write("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
	p.wantPage(status, body)
}

func TestDialectsHTTP(t *testing.T) {
	both(t, func(o *Options) {
		pages(o)
		o.Routes = map[string]dialect.Dialect{"/say": sayer{}, "/say/less": echo{}}
		o.Fallback = sayer{}
	}, func(t *testing.T, s *server) {
		s.wantGet(t, "/say", 200, " of the dialect")
		s.wantGet(t, "/say/a/b?c", 200, "/a/b of the dialect")
		s.wantGet(t, "/say/less", 200, "/less of the dialect")
		s.wantGet(t, "/sayer", 200, `GET /sayer ""`)
		s.wantGet(t, "/", 200, `GET / ""`)
	})
	both(t, func(o *Options) {
		bounded(quota.Options{})(o)
		o.Routes = map[string]dialect.Dialect{"/say": sayer{}}
	}, func(t *testing.T, s *server) {
		p := s.dial(t)
		p.write("GET /say HTTP/1.1\r\nHost: x\r\n" + from("192.0.2.1") + "\r\n\r\n")
		p.wantPage(200, " of the dialectaddress-c0000201")
	})
}

func TestFallbackAnswersWhereNobodyElseDoes(t *testing.T) {
	both(t, func(o *Options) { o.HTTP, o.Fallback = nil, sayer{} }, func(t *testing.T, s *server) {
		s.wantGet(t, "/any/where", 200, "/any/where of the dialect")
	})
}
