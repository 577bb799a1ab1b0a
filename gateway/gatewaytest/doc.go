// Package gatewaytest reaches a gateway over real sockets for the tests of package roomtest:
// a WebSocket client, and a TCP proxy that breaks lines.
package gatewaytest
