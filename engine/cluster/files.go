package cluster

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// checkFiles reads the files once, so that a wrong one is named before anything is started. They are read again
// with every connection, so that they may be renewed.
func (o Options) checkFiles(wrong complaint) {
	for _, f := range []struct {
		field, name, what string
		read              func(name string) error
	}{
		{"Creds", o.Creds, "a file of NATS credentials: a user's JWT and its seed", readCreds},
		{"NKey", o.NKey, "a file with the seed of a user's nkey (SU…)", readNKey},
		{"CA", o.CA, "a PEM file of certificates", readCA},
		{"Cert", o.Cert, "a PEM file of a certificate, and Key that of its key", o.readPair},
		{"Key", o.Key, "a PEM file", readAny},
	} {
		if f.name != "" {
			err := f.read(f.name)
			wrong(err != nil, f.field, f.name, "must be %s (%v)", f.what, err)
		}
	}
	if o.Embedded && o.CA != "" && o.Cert != "" {
		err := o.trustsItself()
		wrong(err != nil, "Cert", o.Cert, "must be signed by whom CA names, for servers and for clients, since all peers ask for that (%v)", err)
	}
	wrong(o.Creds != "" && o.NKey != "", "NKey", o.NKey, "must not be set beside Creds: NATS is shown one of them")
}

func readAny(name string) error {
	_, err := os.ReadFile(name)
	return err
}

func readCreds(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := nkeys.ParseDecoratedJWT(text); err != nil {
		return err
	}
	seed, err := nkeys.ParseDecoratedUserNKey(text)
	if err == nil {
		seed.Wipe()
	}
	return err
}

func readNKey(name string) error {
	_, err := nats.NkeyOptionFromSeed(name)
	return err
}

func readCA(name string) error {
	text, err := os.ReadFile(name)
	if err == nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
		err = errors.New("there is none in it")
	}
	return err
}

func (o Options) readPair(name string) error {
	if err := readAny(name); err != nil || o.Key == "" || readAny(o.Key) != nil {
		return err // what is wrong with the key is said of the key
	}
	if _, err := tls.LoadX509KeyPair(name, o.Key); err != nil {
		return fmt.Errorf("%s: %w", o.Key, err)
	}
	return nil
}

// trustsItself checks a node's certificate as its peers do, who have the same CA. What cannot be read is named elsewhere.
func (o Options) trustsItself() error {
	text, err := os.ReadFile(o.CA)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(text) {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
	if err != nil {
		return nil
	}
	chain := x509.NewCertPool()
	for _, der := range pair.Certificate[1:] {
		if c, err := x509.ParseCertificate(der); err == nil {
			chain.AddCert(c)
		}
	}
	for _, use := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: chain, KeyUsages: []x509.ExtKeyUsage{use}}); err != nil {
			return err
		}
	}
	return nil
}
