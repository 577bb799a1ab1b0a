package gateway

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// pages is an Options.HTTP that tells what it was asked.
func pages(o *Options) {
	o.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		fmt.Fprintf(w, "%s %s %q", r.Method, r.URL.Path, body)
	})
}

func (p *peer) wantPage(status int, body string) {
	p.Helper()
	r, err := http.ReadResponse(p.br, nil)
	require.NoError(p, err)
	b, err := io.ReadAll(r.Body)
	require.NoError(p, err)
	require.Equal(p, status, r.StatusCode)
	require.Equal(p, body, string(b))
}

func TestPlainHTTP(t *testing.T) {
	both(t, pages, func(t *testing.T, s *server) {
		p := s.dial(t)
		p.write("GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n")
		p.wantPage(200, `GET /a b ""`)
		body := strings.Repeat("body ", 20<<10)
		p.write("POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + body)
		p.wantPage(200, fmt.Sprintf("POST /post %q", body))
		p.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\nHost: x\n\n")
		p.wantPage(200, `GET /1 ""`)
		p.wantPage(200, `GET /2 ""`)
	})
}

// TestFirstRequestHasABody: the bytes read with the head reach the handler.
func TestFirstRequestHasABody(t *testing.T) {
	both(t, pages, func(t *testing.T, s *server) {
		body := strings.Repeat("body ", 40<<10)
		p := s.dial(t)
		p.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n" + body)
		p.wantPage(200, fmt.Sprintf("POST / %q", body))
	})
}

// TestSlowBody: a body that does not come to its end is not waited for for ever, whether its
// handler reads it or not.
func TestSlowBody(t *testing.T) {
	brisk := func(o *Options) {
		o.HeaderTimeout = 20 * time.Millisecond
		o.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/read" {
				io.Copy(io.Discard, r.Body)
			}
		})
	}
	both(t, brisk, func(t *testing.T, s *server) {
		for _, path := range []string{"/read", "/ignore"} {
			for _, length := range []string{"Content-Length: 1000", "Transfer-Encoding: chunked"} {
				p := s.dial(t)
				p.write("POST " + path + " HTTP/1.1\r\nHost: x\r\n" + length + "\r\n\r\n3")
				_, err := io.ReadAll(p.br) // the answer, and then the end
				require.NoError(t, err)
			}
		}
	})
}

// TestUnreadAnswer: who does not read its answer is cut off, and the handler goes on.
func TestUnreadAnswer(t *testing.T) {
	gone := make(chan error)
	brisk := func(o *Options) {
		o.HeaderTimeout = 20 * time.Millisecond
		o.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			piece := make([]byte, 1<<20)
			for range 64 {
				if _, err := w.Write(piece); err != nil {
					gone <- err
					return
				}
			}
			gone <- nil
		})
	}
	both(t, brisk, func(t *testing.T, s *server) {
		p := s.dial(t)
		p.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.ErrorIs(t, <-gone, os.ErrDeadlineExceeded)
	})
}

// TestDeadlinesOfHTTPAreNotTheSockets: a WebSocket on a connection that had a body and an answer
// before outlives their time.
func TestDeadlinesOfHTTPAreNotTheSockets(t *testing.T) {
	brisk := func(o *Options) {
		pages(o)
		o.HeaderTimeout = 20 * time.Millisecond
	}
	both(t, brisk, func(t *testing.T, s *server) {
		p := s.dial(t)
		p.write("POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
		p.wantPage(200, `POST /1 "hi"`)
		p.upgrade("/echo")
		time.Sleep(2 * answerTimes * 20 * time.Millisecond) // nothing may happen
		p.write(text("still here"))
		p.want(ws.OpText, "still here")
	})
}

func TestNoHTTPHandler(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.dial(t)
		p.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.Equal(t, 404, p.response().StatusCode)
	})
}

// TestUpgradeOfAKeptAliveConnection: also with frames right behind the request, more of them
// than net/http buffers.
func TestUpgradeOfAKeptAliveConnection(t *testing.T) {
	both(t, pages, func(t *testing.T, s *server) {
		for _, frames := range []int{0, 1, 30} {
			p := s.dial(t)
			p.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n")
			p.wantPage(200, `GET /1 ""`)
			p.write("POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
			p.wantPage(200, `POST /2 "hi"`)
			m := strings.Repeat("m", 1000)
			p.write(upgradeHead("/echo") + strings.Repeat(text(m), frames))
			require.Equal(t, 101, p.response().StatusCode)
			p.write(text("last"))
			for range frames {
				p.want(ws.OpText, m)
			}
			p.want(ws.OpText, "last")
			p.write(closing(1000, ""))
			p.wantClose(1000)
			p.wantEnd()
		}
		s.wantConnections(0)
	})
}

// TestPipelinedUpgrade: the request before it, the upgrade and frames in one segment, so that
// bytes are left both with net/http and in front of it.
func TestPipelinedUpgrade(t *testing.T) {
	both(t, pages, func(t *testing.T, s *server) {
		p := s.dial(t)
		m := strings.Repeat("m", 5000)
		p.write("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" + upgradeHead("/echo") + strings.Repeat(text(m), 8))
		p.wantPage(200, `GET /1 ""`)
		require.Equal(t, 101, p.response().StatusCode)
		for range 8 {
			p.want(ws.OpText, m)
		}
	})
}

func TestFramesBehindTheUpgrade(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		p := s.dial(t)
		m := strings.Repeat("m", wire.MaxMessage)
		p.write(upgradeHead("/echo") + text("first") + text(m) + text("last"))
		require.Equal(t, 101, p.response().StatusCode)
		p.want(ws.OpText, "first")
		p.want(ws.OpText, m)
		p.want(ws.OpText, "last")
	})
}

func TestUpgradeRefused(t *testing.T) {
	const up = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	const key = "Sec-WebSocket-Key: " + testKey + "\r\n"
	const v13 = "Sec-WebSocket-Version: 13\r\n"
	const host = "Host: a.example\r\n"
	cases := []struct {
		name, head string
		status     int
	}{
		{"no endpoint", "GET /nowhere HTTP/1.1\r\n" + host + up + key + v13, 404},
		{"a longer path", "GET /echo/ HTTP/1.1\r\n" + host + up + key + v13, 404},
		{"no version", "GET /echo HTTP/1.1\r\n" + host + up + key, 426},
		{"version 8", "GET /echo HTTP/1.1\r\n" + host + up + key + "Sec-WebSocket-Version: 8\r\n", 426},
		{"no key", "GET /echo HTTP/1.1\r\n" + host + up + v13, 400},
		{"short key", "GET /echo HTTP/1.1\r\n" + host + up + v13 + "Sec-WebSocket-Key: c2hvcnQ=\r\n", 400},
		{"key not in base64", "GET /echo HTTP/1.1\r\n" + host + up + v13 + "Sec-WebSocket-Key: ????????????????????????\r\n", 400},
		{"key with a line feed", "GET /echo HTTP/1.1\r\n" + host + up + v13 + "Sec-WebSocket-Key: c2hvcnQ\r\n=\r\n", 400},
		{"two keys", "GET /echo HTTP/1.1\r\n" + host + up + v13 + key + key, 400},
		{"two hosts", "GET /echo HTTP/1.1\r\n" + host + host + up + v13 + key, 400},
		{"no host", "GET /echo HTTP/1.1\r\n" + up + v13 + key, 400},
		{"a body", "GET /echo HTTP/1.1\r\nContent-Length: 2\r\n" + host + up + v13 + key, 400},
		{"malformed subprotocol", "GET /echo HTTP/1.1\r\nSec-WebSocket-Protocol: a b\r\n" + host + up + v13 + key, 400},
		{"foreign origin", "GET /echo HTTP/1.1\r\nOrigin: https://evil.example\r\n" + host + up + v13 + key, 403},
		{"two origins", "GET /echo HTTP/1.1\r\nOrigin: http://a.example\r\nOrigin: http://a.example\r\n" + host + up + v13 + key, 403},
		{"a dialect that panics", "GET /echo?panic HTTP/1.1\r\n" + host + up + v13 + key, 500},
		{"POST", "POST /echo HTTP/1.1\r\n" + host + up + v13 + key, 404}, // no upgrade: to Options.HTTP
		{"HTTP/1.0", "GET /echo HTTP/1.0\r\n" + host + up + v13 + key, 404},
		{"Upgrade alone", "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\n" + host + v13 + key, 404},
		{"another upgrade", "GET /echo HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade\r\n" + host + v13 + key, 404},
		{"a header without a colon", "GET /echo HTTP/1.1\r\nwhat\r\n" + host + up + v13 + key, 400},
		{"a space before the colon", "GET /echo HTTP/1.1\r\nX : y\r\n" + host + up + v13 + key, 400},
		{"a bad escape", "GET /%zz HTTP/1.1\r\n" + host + up + v13 + key, 400},
		{"HTTP/9", "GET /echo HTTP/9.0\r\n" + host + up + v13 + key, 505},
		{"no version of HTTP", "GET /echo\r\n" + host + up + v13 + key, 400},
		{"two spaces", "GET  /echo HTTP/1.1\r\n" + host + up + v13 + key, 400},
	}
	both(t, nil, func(t *testing.T, s *server) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				p := s.dial(t)
				p.write(c.head + "\r\n")
				if c.name == "a body" {
					p.write("hi")
				}
				r := p.response()
				require.Equal(t, c.status, r.StatusCode)
				if c.status == 426 {
					require.Equal(t, "13", r.Header.Get("Sec-WebSocket-Version"))
				}
			})
		}
		require.Equal(t, uint64(2), s.g.Stats().Refused[RefusedPath])
		require.Equal(t, uint64(1), s.g.Stats().Panics)
		require.Zero(t, s.g.Stats().Upgraded)
	})
}

func TestUpgradeAccepted(t *testing.T) {
	const rest = "Host: a.example\r\nSec-WebSocket-Key: " + testKey + "\r\nSec-WebSocket-Version: 13\r\n\r\n"
	both(t, nil, func(t *testing.T, s *server) {
		for name, head := range map[string]string{
			"mixed case":             "GET /echo HTTP/1.1\r\nuPGRADE: WebSocket\r\nCONNECTION: uPgRaDe\r\n",
			"several tokens":         "GET /echo HTTP/1.1\r\nUpgrade: h2c, websocket\r\nConnection: keep-alive,Upgrade , x\r\n",
			"several headers":        "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: keep-alive\r\nConnection: upgrade\r\n",
			"bare line feeds":        "GET /echo HTTP/1.1\nUpgrade: websocket\nConnection: upgrade\n",
			"a query":                "GET /echo?a=b&c=%zz HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
			"an escaped path":        "GET /%65cho HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
			"an absolute target":     "GET http://a.example/echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
			"same origin":            "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nOrigin: http://a.example\r\n",
			"permessage-deflate":     "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
			"a long header":          "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nCookie: " + strings.Repeat("c", 15<<10) + "\r\n",
			"an unknown subprotocol": "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Protocol: x, y\r\n",
		} {
			t.Run(name, func(t *testing.T) {
				p := s.dial(t)
				p.write(head + rest)
				r := p.response()
				require.Equal(t, 101, r.StatusCode)
				require.Empty(t, r.Header.Get("Sec-WebSocket-Extensions"))
				require.Empty(t, r.Header.Get("Sec-WebSocket-Protocol"))
				p.write(text("hi"))
				p.want(ws.OpText, "hi")
			})
		}
	})
}

func TestSubprotocol(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		for asked, want := range map[string]string{
			"Sec-WebSocket-Protocol: parley.v1.json":                                                  "parley.v1.json",
			"Sec-WebSocket-Protocol: parley.v1.msgpack":                                               "parley.v1.msgpack",
			"Sec-WebSocket-Protocol: what, parley.v1.msgpack, parley.v1.json":                         "parley.v1.msgpack",
			"Sec-WebSocket-Protocol: what\r\nSec-WebSocket-Protocol:parley.v1.json,parley.v1.msgpack": "parley.v1.json",
			"Sec-WebSocket-Protocol: parley.v2.json":                                                  "",
			"Sec-WebSocket-Protocol: PARLEY.V1.JSON":                                                  "",
			"X: y":                                                                                    "",
		} {
			p := s.dial(t)
			r := p.upgrade("/ws", asked)
			require.Equal(t, want, r.Header.Get("Sec-WebSocket-Protocol"), asked)
		}
	})
}

func TestHeaderBombs(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		for name, bomb := range map[string]string{
			"one long header": "GET /echo HTTP/1.1\r\nX: " + strings.Repeat("x", 64<<10),
			"many headers":    "GET /echo HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", 20<<10),
			"a long line":     "GET /" + strings.Repeat("x", 64<<10),
			"a whole request": upgradeHead("/echo", "X: "+strings.Repeat("x", 64<<10)),
		} {
			t.Run(name, func(t *testing.T) {
				p := s.dial(t)
				io.WriteString(p.Conn, bomb) // it may be cut off before its end
				require.Equal(t, 431, p.response().StatusCode)
			})
		}
	})
}

func TestGarbage(t *testing.T) {
	both(t, nil, func(t *testing.T, s *server) {
		for _, garbage := range []string{
			"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "\x00\x00\x00\x00\r\n\r\n", "\r\n\r\n", "\n\n",
			"x\r\n\r\n", "GET\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\xff\xfe\r\n\r\n", ": :\r\n\r\n",
		} {
			p := s.dial(t)
			p.write(garbage)
			r, err := http.ReadResponse(p.br, nil)
			require.NoError(t, err, "%q", garbage)
			require.GreaterOrEqual(t, r.StatusCode, 400, "%q", garbage)
		}
		require.Zero(t, s.g.Stats().Panics)
	})
}

// TestSlowHeader: a request that comes too slowly is cut, however busily it trickles.
func TestSlowHeader(t *testing.T) {
	both(t, func(o *Options) { o.HeaderTimeout = 60 * time.Millisecond }, func(t *testing.T, s *server) {
		for _, start := range []string{"", "GET /echo HTTP/1.1\r\nX: "} {
			begin := time.Now()
			p := s.dial(t)
			p.write(start)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					if _, err := io.WriteString(p.Conn, start[:min(1, len(start))]); err != nil {
						return
					}
					select {
					case <-done:
					case <-time.After(time.Millisecond):
					}
					if start == "" {
						return
					}
				}
			}()
			io.Copy(io.Discard, p.br) // an end or a reset
			require.GreaterOrEqual(t, time.Since(begin), 60*time.Millisecond)
			p.Close()
			<-done
		}
	})
}

// TestEmbedded upgrades inside somebody else's server, in the clear and over TLS.
func TestEmbedded(t *testing.T) {
	both(t, pages, func(t *testing.T, s *server) {
		for _, secure := range []bool{false, true} {
			outer := httptest.NewUnstartedServer(s.g)
			var nc net.Conn
			if secure {
				outer.StartTLS()
				tr := outer.Client().Transport.(*http.Transport)
				config := tr.TLSClientConfig.Clone()
				config.ServerName = "example.com"
				c, err := tls.Dial("tcp", outer.Listener.Addr().String(), config)
				require.NoError(t, err)
				nc = c
			} else {
				outer.Start()
				c, err := net.Dial("tcp", outer.Listener.Addr().String())
				require.NoError(t, err)
				nc = c
			}
			nc.SetReadDeadline(time.Now().Add(patience))
			p := &peer{t, nc, bufio.NewReader(nc)}
			p.write("GET /plain HTTP/1.1\r\nHost: x\r\n\r\n")
			p.wantPage(200, `GET /plain ""`)
			p.upgrade("/echo")
			p.write(conversation)
			conversationAnswers(p)
			p.write(closing(1000, ""))
			p.wantClose(1000)
			p.Close()
			outer.Close()
		}
	})
}
