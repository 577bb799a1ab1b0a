package api

import "net/http"

// RememberedBytes is what the answers to requests with a key are reckoned with.
func RememberedBytes(h http.Handler) int {
	m := &h.(*Handler).memory
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bytes
}

// RememberedKeys is how many there are.
func RememberedKeys(h http.Handler) int {
	m := &h.(*Handler).memory
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys.Len()
}
