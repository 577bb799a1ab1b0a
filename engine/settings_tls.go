package main

import "github.com/parley-signaling/parley/engine/server"

// tlsSettings are those of server.Secure.
type tlsSettings struct {
	TLSCert         string   `group:"serve" name:"tls-cert" placeholder:"FILE" help:"Certificate and chain for https and wss, PEM; read again when it changes. Default: no TLS"`
	TLSKey          string   `group:"serve" name:"tls-key" placeholder:"FILE" help:"Its key, PEM"`
	TLSRedirectAddr string   `group:"serve" name:"tls-redirect-addr" placeholder:"HOST:PORT" help:"TCP address that sends browsers from http to https, such as :80. Default: none"`
	ACMEDomain      []string `group:"serve" name:"acme-domain" placeholder:"NAME" help:"Have certificates for these names issued and renewed by ACME, separated by commas: signal.example. The authority must reach --addr at port 443 of them, or --tls-redirect-addr at port 80. Its terms of service are agreed to thereby. Default: no ACME"`
	ACMEEmail       string   `group:"serve" name:"acme-email" placeholder:"ADDRESS" help:"Where the authority can write to. Default: nowhere"`
	ACMECache       string   `group:"serve" name:"acme-cache" placeholder:"DIRECTORY" help:"Where keys and certificates are kept, which must survive a restart. Default: acme in $STATE_DIRECTORY, or parley/acme in the user's cache"`
	ACMEDirectory   string   `group:"serve" name:"acme-directory" placeholder:"URL" help:"The authority's directory, https. Default: Let's Encrypt's"`
}

func (s *tlsSettings) server() server.Secure { return server.Secure(*s) }

// adminTLSSettings are those of server.AdminTLS.
type adminTLSSettings struct {
	AdminTLSCert     string `group:"admin" name:"admin-tls-cert" placeholder:"FILE" help:"Certificate and chain for https on --admin-addr, PEM; read again when it changes. Default: no TLS"`
	AdminTLSKey      string `group:"admin" name:"admin-tls-key" placeholder:"FILE" help:"Its key, PEM"`
	AdminTLSClientCA string `group:"admin" name:"admin-tls-client-ca" placeholder:"FILE" help:"Certificates of those whose certificates operators must have, PEM, besides the token. Default: they need none"`
}

func (s *adminTLSSettings) server() server.AdminTLS { return server.AdminTLS(*s) }
