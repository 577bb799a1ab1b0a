//go:build race

package actors

// The race detector makes pools forget.
const raced = true
