package acme

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// MaxDomains bounds Options.Domains.
const MaxDomains = 100

// CheckDomain returns why a name cannot have a certificate, if it cannot: it must be a whole host
// name of two labels or more, up to 253 bytes, in any script; no wildcard, for which an authority
// wants to see DNS changed, no address, no port, no URL.
func CheckDomain(name string) error {
	_, err := domain(name)
	return err
}

// domain is a name in Punycode.
func domain(name string) (string, error) {
	switch {
	case strings.Contains(name, "://"):
		return "", errors.New("must be a host name, not a URL")
	case strings.Contains(name, "*"):
		return "", errors.New("must be a host name in full: a wildcard needs a certificate by DNS, which is not done here")
	case net.ParseIP(strings.Trim(name, "[]")) != nil:
		return "", errors.New("must be a host name, not an address")
	case strings.ContainsAny(name, ":/"):
		return "", errors.New("must be a host name, without a port and a path")
	}
	ascii, err := ascii(name)
	if err != nil || strings.HasSuffix(ascii, ".") {
		return "", errors.New("must be a host name: letters, digits and hyphens, between dots")
	}
	last := ascii[strings.LastIndexByte(ascii, '.')+1:]
	switch {
	case !strings.Contains(ascii, "."):
		return "", errors.New("must be a host name in full, with a dot")
	case strings.Trim(last, "0123456789") == "":
		return "", errors.New("must be a host name, not an address")
	}
	return ascii, nil
}

// names are mapped and checked as browsers do it, and must be names in DNS.
var names = idna.New(idna.ValidateLabels(true), idna.MapForLookup(), idna.BidiRule(), idna.CheckJoiners(true),
	idna.StrictDomainName(true), idna.VerifyDNSLength(true))

// ascii is a host name in lower case and Punycode.
func ascii(name string) (string, error) { return names.ToASCII(name) }

// CheckEmail returns why an address cannot be one, if it cannot; "" is allowed.
func CheckEmail(address string) error {
	if address == "" {
		return nil
	}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
		return errors.New("must be an e-mail address, alone")
	}
	return nil
}

// CheckDirectory returns why a URL cannot be an authority's, if it cannot; "" is allowed. It is
// https, or of this machine.
func CheckDirectory(directory string) error {
	if directory == "" {
		return nil
	}
	u, err := url.Parse(directory)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return errors.New("must be an https URL")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (o Options) check() error {
	var errs []error
	if n := len(o.Domains); n == 0 || n > MaxDomains {
		errs = append(errs, fmt.Errorf("acme: Domains: must be 1 to %d, not %d", MaxDomains, n))
	}
	wrong := func(field, value string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("acme: %s: %w, not %q", field, err, value))
		}
	}
	for _, d := range o.Domains {
		wrong("Domains", d, CheckDomain(d))
	}
	wrong("Email", o.Email, CheckEmail(o.Email))
	wrong("Directory", o.Directory, CheckDirectory(o.Directory))
	return errors.Join(errs...)
}
