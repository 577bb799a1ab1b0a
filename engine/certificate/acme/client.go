package acme

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	requestTimeout = 30 * time.Second // of one request to the authority
	maxAnswer      = 1 << 20          // bytes of one answer
	maxPause       = 10 * time.Second // before a request is made again; who asks for more is not asked again
	complainEvery  = time.Minute      // at most, in the log
)

// client is the http.RoundTripper to the authority. It ends with its context, and tells the log what
// the authority complains of: autocert keeps to itself why a renewal, or a validation, has failed.
type client struct {
	// Static.
	ctx context.Context
	*http.Transport
	log *slog.Logger

	// Guarded by mu.
	mu   sync.Mutex
	said string    // the last complaint
	when time.Time // it was logged
}

func newClient(ctx context.Context, log *slog.Logger) *client {
	return &client{ctx: ctx, log: log, Transport: http.DefaultTransport.(*http.Transport).Clone()}
}

// RoundTrip implements http.RoundTripper. The answer is read to its end.
func (c *client) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.ctx.Err() != nil {
		return nil, errClosed
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	res, err := c.Transport.RoundTrip(r.WithContext(ctx))
	if err == nil {
		err = drain(res)
	}
	switch {
	case err == nil:
		c.listen(res)
		return res, nil
	case c.ctx.Err() != nil:
		return nil, errClosed
	}
	c.complain("the authority cannot be reached", "url", r.URL.String(), "err", err)
	return nil, err
}

// drain puts an answer into memory.
func drain(res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	if after, ok := retryAfter(res); ok && after > maxPause && res.StatusCode < 300 {
		res.Header.Set("Retry-After", strconv.Itoa(int(maxPause/time.Second))) // acme would sleep as long as it is told to
	}
	return err
}

func retryAfter(res *http.Response) (time.Duration, bool) {
	v := res.Header.Get("Retry-After")
	if n, err := strconv.Atoi(v); err == nil {
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(v)
	return time.Until(at), err == nil
}

// problem is RFC 7807's.
type problem struct {
	Type   string
	Detail string
}

// listen logs what an answer says that went wrong: the request, or the validation that it tells of.
func (c *client) listen(res *http.Response) {
	if !strings.Contains(res.Header.Get("Content-Type"), "json") {
		return
	}
	body, _ := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	var said struct {
		problem
		Status     any // "invalid", or a number
		Identifier struct{ Value string }
		Challenges []struct {
			Type  string
			Error *problem
		}
	}
	if json.Unmarshal(body, &said) != nil {
		return
	}
	if res.StatusCode >= 400 && !strings.HasSuffix(said.Type, ":badNonce") {
		c.complain("the authority refuses", "url", res.Request.URL.String(), "type", said.Type, "detail", said.Detail)
	}
	for _, ch := range said.Challenges {
		if said.Status == "invalid" && ch.Error != nil {
			c.complain("the authority could not validate", "domain", said.Identifier.Value, "challenge", ch.Type, "type", ch.Error.Type, "detail", ch.Error.Detail)
		}
	}
}

// complain logs a complaint, unless it is the last one again and was logged a moment ago.
func (c *client) complain(text string, args ...any) {
	said := fmt.Sprint(append([]any{text}, args...))
	c.mu.Lock()
	defer c.mu.Unlock()
	if said == c.said && time.Since(c.when) < complainEvery {
		return
	}
	c.said, c.when = said, time.Now()
	c.log.Warn("acme: "+text, args...)
}

// pause is acme.Client.RetryBackoff: it sleeps itself, so that Close can wake it. 0: not again.
func (c *client) pause(n int, _ *http.Request, res *http.Response) time.Duration {
	d := min(time.Duration(1<<min(n-1, 10))*time.Second, maxPause)
	if after, ok := retryAfter(res); ok {
		d = after
	}
	if d > maxPause || n > 5 {
		return 0
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return 1
	case <-c.ctx.Done():
		return 0
	}
}
