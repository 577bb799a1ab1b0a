// Package gatewaytest reaches a gateway over real sockets for the tests of package roomtest:
// a WebSocket client, and a TCP proxy that breaks lines. What tests of servers need besides is here,
// too: free addresses, and a log that is read while it is written.
package gatewaytest
