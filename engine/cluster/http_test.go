package cluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ask makes a request of another node.
func (n *node) ask(ctx context.Context, of, path, body string) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node"+path, strings.NewReader(body))
	require.NoError(n.t, err)
	resp, err := n.Transport(of).RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(n.t, err)
	return resp.StatusCode, string(b), nil
}

func TestNodesAskEachOther(t *testing.T) {
	nats := startNATS(t)
	o := Options{URLs: []string{nats.url()}, Secret: "0123456789abcdef"}
	a := begin(t, "a", o)
	b := newNode(t, "b", o)
	t.Cleanup(b.end)
	held := make(chan struct{})
	b.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/hold":
			close(held)
			<-r.Context().Done()
		case "/long":
			_, _ = io.WriteString(w, strings.Repeat("x", 3<<20))
		default:
			body, _ := io.ReadAll(r.Body)
			w.WriteHeader(http.StatusTeapot)
			_, _ = fmt.Fprintf(w, "%s %s of %s", r.URL.Path, body, r.RemoteAddr)
		}
	}))
	require.NoError(t, b.Start(t.Context(), b))
	a.sees(a, b)
	b.sees(a, b)

	status, answer, err := a.ask(t.Context(), b.Self(), "/rooms/a%2Fb", "tea")
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, status)
	require.Equal(t, "/rooms/a/b tea of "+a.Self(), answer)

	_, answer, err = a.ask(t.Context(), b.Self(), "/long", "")
	require.NoError(t, err)
	require.Len(t, answer, 3<<20, "in pieces")

	status, _, err = b.ask(t.Context(), a.Self(), "/", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotImplemented, status, "nothing is served there")

	_, _, err = a.ask(t.Context(), b.Self(), "/", strings.Repeat("x", maxRequest+1))
	require.ErrorContains(t, err, "body: more than 1048576 bytes")
	_, _, err = a.ask(t.Context(), "nobody-1", "/", "")
	require.ErrorIs(t, err, ErrNode)

	lost := make(chan error, 1)
	go func() {
		_, _, err := a.ask(context.WithoutCancel(t.Context()), b.Self(), "/hold", "")
		lost <- err
	}()
	<-held
	b.end()
	require.ErrorIs(t, <-lost, ErrNode)
	require.Empty(t, a.requests.waiting)
}
