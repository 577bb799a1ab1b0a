package main

import "github.com/parley-signaling/parley/engine/server"

// tlsSettings are those of server.Secure.
type tlsSettings struct {
	TLSCert         string `group:"serve" name:"tls-cert" placeholder:"FILE" help:"Certificate and chain for https and wss, PEM; read again when it changes. Default: no TLS"`
	TLSKey          string `group:"serve" name:"tls-key" placeholder:"FILE" help:"Its key, PEM"`
	TLSRedirectAddr string `group:"serve" name:"tls-redirect-addr" placeholder:"HOST:PORT" help:"TCP address that sends browsers from http to https, such as :80. Default: none"`
}

func (s *tlsSettings) server() server.Secure {
	return server.Secure{TLSCert: s.TLSCert, TLSKey: s.TLSKey, TLSRedirectAddr: s.TLSRedirectAddr}
}
