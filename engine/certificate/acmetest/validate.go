package acmetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
)

// acmeIdentifier is id-pe-acmeIdentifier (RFC 8737, section 6.1).
var acmeIdentifier = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}

// validateTLS is tls-alpn-01 (RFC 8737, section 3).
func validateTLS(ctx context.Context, addr, name, proof string) error {
	d := tls.Dialer{Config: &tls.Config{
		ServerName: name, NextProtos: []string{"acme-tls/1"}, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, // it signs for itself
	}}
	nc, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	state := nc.(*tls.Conn).ConnectionState()
	if state.NegotiatedProtocol != "acme-tls/1" {
		return fmt.Errorf("the protocol is %q", state.NegotiatedProtocol)
	}
	leaf := state.PeerCertificates[0]
	if !slices.Equal(leaf.DNSNames, []string{name}) {
		return fmt.Errorf("the names are %q", leaf.DNSNames)
	}
	sum := sha256.Sum256([]byte(proof))
	for _, e := range leaf.Extensions {
		var got []byte
		if _, err := asn1.Unmarshal(e.Value, &got); e.Id.Equal(acmeIdentifier) && e.Critical && err == nil && bytes.Equal(got, sum[:]) {
			return nil
		}
	}
	return errors.New("the key authorization is not there")
}

// validateHTTP is http-01 (RFC 8555, 8.3).
func validateHTTP(ctx context.Context, addr, name, token, proof string) error {
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+name+"/.well-known/acme-challenge/"+token, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	got, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err == nil && (res.StatusCode != http.StatusOK || string(bytes.TrimSpace(got)) != proof) {
		err = fmt.Errorf("%s, and not the key authorization", res.Status)
	}
	return err
}
