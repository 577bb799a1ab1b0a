package client

import (
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
)

// Target is a WebSocket server, or several that are one.
type Target struct {
	URL         *url.URL   // ws or wss; its path is used as it is
	More        []*url.URL // the other nodes of its cluster: only their hosts count. Connections go to all in turn
	Subprotocol string     // empty: none
	Binary      bool       // messages are binary frames
	Insecure    bool       // accept any certificate

	addrs   []netip.AddrPort
	request []byte // of the upgrade
	accept  string // what must answer the request's key
}

// ParseURL reads a ws:// or wss:// URL.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	if (u.Scheme != "ws" && u.Scheme != "wss") || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%q must be ws://HOST[:PORT][/PATH] or wss://…", text)
	}
	return u, nil
}

// key is the Sec-WebSocket-Key of every upgrade. It guards against confused caches, of which
// there are none here.
const key = "cGFybGV5IGJlbmNoIGtleQ=="

// ParseURLs reads the URLs of one server, or of the nodes of a cluster, separated by commas.
func ParseURLs(text string) (list []*url.URL, err error) {
	for _, s := range strings.Split(text, ",") {
		u, err := ParseURL(s)
		if err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

func resolve(u *url.URL) (netip.AddrPort, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"ws": "80", "wss": "443"}[u.Scheme]
	}
	tcp, err := net.ResolveTCPAddr("tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(tcp.AddrPort().Addr().Unmap(), tcp.AddrPort().Port()), nil
}

// Prepare resolves the hosts. It must be called before the first use.
func (t *Target) Prepare() error {
	for _, u := range append([]*url.URL{t.URL}, t.More...) {
		addr, err := resolve(u)
		if err != nil {
			return err
		}
		t.addrs = append(t.addrs, addr)
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455, 4.2.2
	t.accept = base64.StdEncoding.EncodeToString(sum[:])
	t.request = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n", t.URL.RequestURI(), t.URL.Host, key)
	if t.Subprotocol != "" {
		t.request = fmt.Appendf(t.request, "Sec-WebSocket-Protocol: %s\r\n", t.Subprotocol)
	}
	t.request = append(t.request, "\r\n"...)
	return nil
}

func (t *Target) tls() *tls.Config {
	if t.URL.Scheme != "wss" {
		return nil
	}
	return &tls.Config{ServerName: t.URL.Hostname(), InsecureSkipVerify: t.Insecure, NextProtos: []string{"http/1.1"}}
}

// Sources returns addresses of 127.0.0.0/8 to connect from, of worker's own: one address has
// about 28,000 ports, and a closed connection keeps its port for a minute. There are none
// where the target is not on the IPv4 loopback, or the system has no such addresses.
func (t *Target) Sources(worker int) []netip.Addr {
	if runtime.GOOS != "linux" || !t.addrs[0].Addr().Is4() || !t.addrs[0].Addr().IsLoopback() {
		return nil
	}
	var list []netip.Addr
	for i := range 250 {
		list = append(list, netip.AddrFrom4([4]byte{127, 77, byte(worker), byte(i + 2)}))
	}
	return list
}
