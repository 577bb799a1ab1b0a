package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-signaling/parley/actors/wire"
)

var (
	// ErrClosed: the client was closed. A request that was under way may have been carried out.
	ErrClosed = errors.New("client: closed")
	// ErrLeft: the room was left.
	ErrLeft = errors.New("client: the room was left")
	// ErrInterrupted: the room began anew, or took the client for a new member, before it
	// answered. The request may or may not have been carried out.
	ErrInterrupted = errors.New("client: interrupted: the room began anew before it answered")
)

// Error is the server's refusal of a request or a join, or the client's own where it can tell
// beforehand.
type Error struct {
	Code       wire.Code
	Message    string        // for people: names the field and the limit
	RetryAfter time.Duration // 0: not said
}

// Error returns the code and the message.
func (e *Error) Error() string { return fmt.Sprintf("client: %s: %s", e.Code, e.Message) }

// Retryable tells whether the same request may succeed later with nothing else changed.
func (e *Error) Retryable() bool {
	switch e.Code {
	case wire.RateLimited, wire.Overloaded, wire.Unavailable, wire.Internal:
		return true
	}
	return false
}

func fromWire(e *wire.Error) *Error {
	return &Error{Code: e.Code, Message: e.Message, RetryAfter: e.RetryAfter}
}

// EndedError says why the server ended a membership, or all of them.
type EndedError struct {
	Code   int    // a close code of the protocol: 4410 kicked, 4409 replaced, 4401 unauthorized, 1000 closed …
	Reason string // kicked, replaced, unauthorized, closed; or the close frame's
	Text   string // what the kicking moderator wrote, or who closed the room
}

// Error returns reason, text and code.
func (e *EndedError) Error() string {
	s := "client: the membership is over: " + e.Reason
	if e.Text != "" {
		s += ": " + e.Text
	}
	return fmt.Sprintf("%s (%d)", s, e.Code)
}

// lostError is why a connection ended or could not be had.
type lostError struct {
	code       int // of the close frame, or of the bye before it; 0: there was none
	reason     string
	retryAfter time.Duration
	err        error // of the network; nil: the server closed
}

func (e *lostError) Error() string {
	if e.err != nil {
		return "no connection: " + e.err.Error()
	}
	return fmt.Sprintf("the server closed the connection: %d %s", e.code, e.reason)
}

func (e *lostError) Unwrap() error { return e.err }
