package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors/wire"
)

// State is what a Client is about.
type State uint8

const (
	// Idle: there is no connection, and no room that wants one.
	Idle State = iota
	// Connecting: there is no connection yet, or again.
	Connecting
	// Open: there is a connection.
	Open
	// Closed: by Close.
	Closed
)

// String names the state.
func (s State) String() string {
	if names := [...]string{"idle", "connecting", "open", "closed"}; int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// ICE is an RTCConfiguration.iceServers list, as the server last told it.
type ICE struct {
	Servers wire.Value // absent: not told yet
	Expires time.Time  // of the credentials in it; zero: never
}

// Client is a connection that comes back by itself, and the rooms it carries. Its methods are
// safe from any goroutine.
type Client struct {
	// Static after Dial
	o          Options
	url        string
	data       ws.OpCode // of messages
	ctx        context.Context
	cancel     context.CancelFunc
	wanted     chan struct{} // a room has come to want the connection
	goroutines sync.WaitGroup

	// Guarded by mu
	mu      sync.Mutex
	state   State
	link    *link // nil: there is no connection
	lost    error // why there is none; nil: not known yet
	attempt int   // attempts to connect since a room last let us in
	lastID  uint64
	rooms   map[string]*Room // that are not over
	calls   map[uint64]*call // sent and not answered, by id
	ice     ICE
}

// Dial connects. ctx bounds the connecting only, to at most 10 s. A server that cannot be
// reached is an error here; later the client comes back by itself. url is that of a native
// endpoint: ws, wss, http or https.
func Dial(ctx context.Context, url string, o Options) (*Client, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if url, err = socketURL(url); err != nil {
		return nil, err
	}
	c := &Client{
		o: o, url: url, data: ws.OpText, wanted: make(chan struct{}, 1),
		rooms: make(map[string]*Room), calls: make(map[uint64]*call),
	}
	if o.Codec == wire.Msgpack {
		c.data = ws.OpBinary
	}
	l, err := c.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.opened(l)
	c.goroutines.Go(func() { c.run(l) })
	return c, nil
}

// State is the state of this moment.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// ICE returns the STUN and TURN servers to use.
func (c *Client) ICE() ICE {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ice
}

// Join enters a room, and waits for that, and for the connection if need be, until ctx is
// done. A refusal is an *Error; already_joined also where this client has joined the room
// before and has not left it. A join that was given up may leave a member behind where the
// connection is down at that moment, for as long as the server lets it linger.
func (c *Client) Join(ctx context.Context, room string, o JoinOptions) (*Room, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := c.newRoom(room, o)
	if err != nil {
		return nil, err
	}
	if err := c.begin(r); err != nil {
		return nil, err
	}
	select {
	case <-r.settled:
	case <-ctx.Done():
		c.giveUp(r, ctx.Err())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.self.ID == "" {
		return nil, r.err
	}
	return r, nil
}

// begin makes the client want r.
func (c *Client) begin(r *Room) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == Closed:
		return ErrClosed
	case c.rooms[r.name] != nil:
		return &Error{Code: wire.AlreadyJoined, Message: fmt.Sprintf("room: %q is joined already", r.name)}
	}
	c.rooms[r.name] = r
	if c.link != nil {
		r.enter()
		return nil
	}
	select {
	case c.wanted <- struct{}{}:
	default:
	}
	return nil
}

// giveUp ends a join that takes too long, unless it has just succeeded.
func (c *Client) giveUp(r *Room, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.state != roomJoining {
		return
	}
	if r.joinID != 0 && c.link != nil {
		c.transmit(&wire.Request{Kind: wire.KindLeave, Room: r.name})
	}
	if c.link == nil && c.lost != nil {
		why = fmt.Errorf("%w; %w", why, c.lost)
	}
	r.end(fmt.Errorf("client: not joined: %w", why))
}

// Close leaves all rooms, closes the connection, and waits, for at most 2 s, for the server to
// have heard of it; then for the client's goroutines. Its error is always nil.
func (c *Client) Close() error {
	c.mu.Lock()
	for _, r := range c.rooms {
		r.end(ErrClosed)
	}
	c.state = Closed
	c.cancel()
	if c.link != nil {
		c.link.close(closeNormal)
	}
	c.mu.Unlock()
	c.goroutines.Wait()
	return nil
}

// transmit sends a request that nobody waits for. Under mu, with a link.
func (c *Client) transmit(q *wire.Request) {
	c.link.send(wire.AppendRequest(nil, c.o.Codec, q))
}

// nextID is larger than all before: the answer ok names no room, so rooms share the count.
// Under mu.
func (c *Client) nextID() uint64 {
	c.lastID++
	return c.lastID
}
