// Package acmetest is a certificate authority for tests: the part of RFC 8555 that a server needs
// for a certificate, spoken over plain HTTP on loopback. It checks nonces, signatures and key
// authorizations, and dials back to whoever claims a name.
package acmetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// CA is a certificate authority. It serves until the test ends, or until Down.
type CA struct {
	// Static after Start.
	server  *httptest.Server
	key     *ecdsa.PrivateKey
	cert    *x509.Certificate
	reached chan struct{} // closed by Reach

	// Guarded by mu.
	mu        sync.Mutex
	life      func(n int) (from, until time.Time)
	only      string // the type of the challenges that are offered; "": both
	tls, http string // where every name leads
	nonces    map[string]bool
	accounts  []account
	orders    []*order
	issued    []*x509.Certificate
	refuses   string        // the type of an error that new orders are answered with,
	from      int           // from this one on
	stall     chan struct{} // what new orders wait for,
	stalls    int           // from this one on
}

type account struct {
	key     *ecdsa.PublicKey
	contact []string
}

// Start makes a CA whose certificates are good for 90 days.
func Start(t *testing.T) *CA {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acmetest"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	ca := &CA{key: key, cert: cert, reached: make(chan struct{}), nonces: map[string]bool{}}
	ca.life = func(int) (time.Time, time.Time) {
		return time.Now().Add(-time.Minute), time.Now().Add(90 * 24 * time.Hour)
	}
	ca.server = httptest.NewServer(ca.routes())
	t.Cleanup(ca.Down)
	return ca
}

// Directory is the URL that clients are given.
func (ca *CA) Directory() string { return ca.server.URL + "/directory" }

// Pool is whom to trust.
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// Reach tells where every name leads: a TLS listener, which a client's port 443 stands for, and
// one of HTTP, port 80. "": nothing is there. Until then validations wait.
func (ca *CA) Reach(tls, http string) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.tls, ca.http = tls, http
	close(ca.reached)
}

// Offer has only challenges of one type offered: "tls-alpn-01" or "http-01".
func (ca *CA) Offer(challenge string) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.only = challenge
}

// Life says how long the nth certificate is good for; the first is 0.
func (ca *CA) Life(life func(n int) (from, until time.Time)) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.life = life
}

// Refuse has orders refused from the nth on, with an error of that type ("rateLimited"); "": no longer.
func (ca *CA) Refuse(n int, problem string) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.refuses, ca.from = problem, n
}

// Stall holds up orders from the nth on, until the returned function is called.
func (ca *CA) Stall(n int) (goOn func()) {
	held := make(chan struct{})
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.stall, ca.stalls = held, n
	return sync.OnceFunc(func() { close(held) })
}

// Down ends the CA: connections to it are refused.
func (ca *CA) Down() { ca.server.Close() }

// Orders is how many orders were placed, refused ones included.
func (ca *CA) Orders() int {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return len(ca.orders)
}

// Issued are the certificates, in order.
func (ca *CA) Issued() []*x509.Certificate {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return append([]*x509.Certificate(nil), ca.issued...)
}

// Contacts are those of the accounts.
func (ca *CA) Contacts() (list []string) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	for _, a := range ca.accounts {
		list = append(list, a.contact...)
	}
	return list
}

// issue makes the certificate that a request asks for, as a chain in PEM. ca.mu is held.
func (ca *CA) issue(csr *x509.CertificateRequest) ([]byte, error) {
	n := len(ca.issued)
	from, until := ca.life(n)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(n + 2)), DNSNames: csr.DNSNames, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, csr.PublicKey, ca.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	ca.issued = append(ca.issued, leaf)
	var chain []byte
	for _, der := range [][]byte{der, ca.cert.Raw} {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return chain, nil
}
