package gatewaytest

import (
	"math/rand/v2"
	"net"
	"sync"
)

// Proxy passes TCP connections on and breaks them when told to: at a byte position, with FIN
// or with RST. It passes bytes on in pieces of random sizes.
type Proxy struct {
	// Static after construction
	ln     net.Listener
	target string

	// Guarded by mu
	mu    sync.Mutex
	rng   *rand.Rand
	links map[string]*Link // by the client's address
	ready sync.Cond
	wait  sync.WaitGroup
}

// Link is one connection through a Proxy.
type Link struct {
	client, server *net.TCPConn

	// Guarded by mu
	mu       sync.Mutex
	up, down int // bytes that may still pass; negative: any number
	stalled  bool
	broken   bool
	change   sync.Cond
}

// NewProxy listens on a loopback port and passes on to target.
func NewProxy(target string, seed uint64) (*Proxy, error) {
	return NewProxyAt("127.0.0.1:0", target, seed)
}

// NewProxyAt listens on that address: a proxy that was closed comes back.
func NewProxyAt(addr, target string, seed uint64) (*Proxy, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &Proxy{ln: ln, target: target, rng: rand.New(rand.NewPCG(seed, 4)), links: map[string]*Link{}}
	p.ready.L = &p.mu
	p.wait.Go(p.accept)
	return p, nil
}

// Addr is the proxy's own address.
func (p *Proxy) Addr() string { return p.ln.Addr().String() }

// Close breaks all links and waits for the proxy's goroutines.
func (p *Proxy) Close() {
	p.ln.Close()
	p.mu.Lock()
	links := p.links
	p.links = nil
	p.ready.Broadcast()
	p.mu.Unlock()
	for _, l := range links {
		if l != nil {
			l.Break(true)
		}
	}
	p.wait.Wait()
}

// Dial connects through the proxy.
func (p *Proxy) Dial() (net.Conn, *Link, error) {
	nc, err := net.Dial("tcp", p.ln.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.links != nil {
		if l, ok := p.links[nc.LocalAddr().String()]; ok {
			if l == nil {
				break
			}
			return nc, l, nil
		}
		p.ready.Wait()
	}
	nc.Close()
	return nil, nil, net.ErrClosed
}

func (p *Proxy) accept() {
	for {
		nc, err := p.ln.Accept()
		if err != nil {
			return
		}
		l := p.link(nc.(*net.TCPConn))
		p.mu.Lock()
		if p.links == nil {
			p.mu.Unlock()
			nc.Close()
			if l != nil {
				l.Break(true)
			}
			return
		}
		p.links[nc.RemoteAddr().String()] = l
		p.ready.Broadcast()
		p.mu.Unlock()
		if l == nil {
			nc.Close()
			continue
		}
		p.wait.Go(func() { p.pump(l, l.client, l.server, &l.up) })
		p.wait.Go(func() { p.pump(l, l.server, l.client, &l.down) })
	}
}

// link connects a client with the target; nil where the target does not answer.
func (p *Proxy) link(client *net.TCPConn) *Link {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return nil
	}
	l := &Link{client: client, server: server.(*net.TCPConn), up: -1, down: -1}
	if err := l.server.SetReadBuffer(64 << 10); err != nil { // a stall is soon felt
		l.server.Close()
		return nil
	}
	l.change.L = &l.mu
	return l
}

// pump passes bytes on until the link breaks or ends.
func (p *Proxy) pump(l *Link, from, to *net.TCPConn, budget *int) {
	buf := make([]byte, 16<<10)
	for l.flowing(from == l.server) {
		n, err := from.Read(buf)
		for b := buf[:n]; len(b) > 0; {
			piece, last := l.allow(budget, b[:p.some(len(b))])
			if _, err := to.Write(piece); err != nil {
				l.Break(false)
				return
			}
			b = b[len(piece):]
			if last {
				l.Break(p.some(2) == 1)
				return
			}
		}
		if err != nil {
			to.CloseWrite()
			if from == l.server {
				l.Break(false)
			}
			return
		}
	}
}

// some is a random number from 1 to n, often n.
func (p *Proxy) some(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n > 2 && p.rng.IntN(3) > 0 {
		return n
	}
	return 1 + p.rng.IntN(n)
}

// flowing waits while the link is stalled; it is false when the link is broken.
func (l *Link) flowing(down bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for down && l.stalled && !l.broken {
		l.change.Wait()
	}
	return !l.broken
}

// allow is how much of b may still pass, and whether that was the last of it.
func (l *Link) allow(budget *int, b []byte) (piece []byte, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if *budget < 0 {
		return b, false
	}
	n := min(*budget, len(b))
	*budget -= n
	return b[:n], *budget == 0
}

// Arm lets the link break after up more bytes to the server or down more bytes from it.
func (l *Link) Arm(up, down int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up, l.down = up, down
}

// Stall stops passing on what the server sends, or goes on.
func (l *Link) Stall(stalled bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalled = stalled
	l.change.Broadcast()
}

// Break ends both connections at once: with RST, or with FIN where nothing is unread.
func (l *Link) Break(reset bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return
	}
	l.broken = true
	l.change.Broadcast()
	if reset {
		l.server.SetLinger(0)
	}
	l.server.Close()
	l.client.Close()
}
