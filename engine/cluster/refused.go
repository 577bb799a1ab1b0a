package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
)

// refusedBy names the field on whose account NATS and this node do not come together; nil: err may pass by itself.
func (o Options) refusedBy(err error) error {
	refused := func(field string, value any, problem string) error {
		return fmt.Errorf("%w: %w", ErrNATS, &OptionError{field, value, fmt.Sprintf("%s (%v)", problem, err)})
	}
	var name x509.HostnameError
	var untrusted *tls.CertificateVerificationError
	switch {
	case err == nil || o.Embedded:
		return nil
	case errors.Is(err, nats.ErrPermissionViolation):
		field, value := o.credentials()
		return refused(field, value, fmt.Sprintf(
			"must be a user's who may publish to $JS.API.>, $KV.parley_%s.>, _INBOX.> and parley.%s.>, and subscribe to the last two", o.Name, o.Name))
	case unauthorized(err):
		field, value := o.credentials()
		return refused(field, value, "must be what NATS lets in: user:password@ or token@ in the URL, a Creds or an NKey file, or a Cert that it knows")
	case errors.As(err, &name):
		return refused("URLs", o.hiddenURLs(), "must be of a host that NATS's certificate is for")
	case errors.As(err, &untrusted):
		return refused("CA", o.CA, "must be the certificates of whom NATS's own is signed by")
	case errors.Is(err, nats.ErrSecureConnWanted):
		return refused(o.whyTLS())
	case strings.Contains(err.Error(), "remote error: tls: "): // it has an opinion on this node's certificate
		return refused("Cert", o.Cert, "must be a certificate that NATS trusts")
	}
	return nil
}

// unauthorized tells whether NATS does not know this node. While the connection is being made, the client has no error of its own for it.
func unauthorized(err error) bool {
	for _, e := range []error{nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired} {
		if errors.Is(err, e) || strings.EqualFold(err.Error(), e.Error()) {
			return true
		}
	}
	return false
}

// credentials are what this node shows NATS, first those that weigh most there.
func (o Options) credentials() (field string, value any) {
	switch {
	case o.Creds != "":
		return "Creds", o.Creds
	case o.NKey != "":
		return "NKey", o.NKey
	}
	return "URLs", o.hiddenURLs()
}

func (o Options) hiddenURLs() hidden { return hidden(len(strings.Join(o.URLs, ","))) }

// whyTLS names what asks for TLS, where NATS has none.
func (o Options) whyTLS() (field string, value any, problem string) {
	switch {
	case o.CA != "":
		return "CA", o.CA, "is for a NATS with TLS, which this one has not"
	case o.Cert != "":
		return "Cert", o.Cert, "is for a NATS with TLS, which this one has not"
	}
	return "URLs", o.hiddenURLs(), "must be nats:// where NATS has no TLS"
}
