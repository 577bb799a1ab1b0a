package wire

// Limits of the protocol, version 1. Lengths are bytes of UTF-8, if not said otherwise.
const (
	MaxMessage = 64 << 10 // one message, encoded
	MaxDepth   = 32       // nesting of maps and arrays; the message's own map counts as 1
	MaxRoom    = 128      // a room's name
	MaxEvent   = 64       // an event's name
	MaxProfile = 4 << 10  // a member's profile, encoded
	MaxTo      = 256      // receivers named by one directed message
	MinNonce   = 16       // a join's nonce, in characters (code points)
	MaxNonce   = 64
	MaxMember  = 64      // a member id, a key or an epoch in a request
	MaxReason  = 256     // the reason of a kick
	MaxToken   = 8 << 10 // a join token
	MaxInt     = 1<<53 - 1
)
