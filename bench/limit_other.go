//go:build !unix

package main

// connectionLimit is how many connections one load process may have.
func connectionLimit() int { return 10_000 }
