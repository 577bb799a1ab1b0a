package wire

import "time"

// Code is a machine-readable error code. The set is closed.
type Code string

const (
	BadFrame      Code = "bad_frame"   // not one JSON or msgpack map
	BadRequest    Code = "bad_request" // a field missing, of the wrong type or out of range
	Unauthorized  Code = "unauthorized"
	Forbidden     Code = "forbidden"
	NotJoined     Code = "not_joined"
	AlreadyJoined Code = "already_joined"
	NoSuchMember  Code = "no_such_member"
	RoomFull      Code = "room_full"
	RoomLocked    Code = "room_locked"
	TooLarge      Code = "too_large" // a profile
	RateLimited   Code = "rate_limited"
	Overloaded    Code = "overloaded"
	Unavailable   Code = "unavailable"
	Internal      Code = "internal"
)

// Codes are all codes, in the order of PROTOCOL.md.
var Codes = [...]Code{
	BadFrame, BadRequest, Unauthorized, Forbidden, NotJoined, AlreadyJoined, NoSuchMember,
	RoomFull, RoomLocked, TooLarge, RateLimited, Overloaded, Unavailable, Internal,
}

// Error is both the Go error of a request that could not be decoded or carried out and the
// message that tells the client so. Message is for people: it names the field and the limit.
type Error struct {
	ID         uint64 // 0: the request had none, or it could not be read; left out
	Room       string // empty: left out
	Code       Code
	Message    string
	RetryAfter time.Duration // sent in milliseconds, rounded up; 0: left out
}

// ExpiresSoon tells whether it refuses nothing, but warns that a member's token is about to expire.
func (e *Error) ExpiresSoon() bool { return e.Code == Unauthorized && e.RetryAfter > 0 }

// Error returns the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }
