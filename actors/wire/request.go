package wire

// Kind tells requests apart.
type Kind uint8

const (
	KindJoin Kind = iota + 1
	KindSend
	KindUpdate
	KindLeave
	KindKick
	KindLock
	KindPing
	// KindPublish is a send by somebody who need not be in the room, and who hears nothing
	// back. No native message has this kind: it is for dialects.
	KindPublish
)

// String returns the kind's name on the wire ("publish" has none there).
func (k Kind) String() string { return nameOf(kindNames[:], int(k)) }

var kindNames = [...]string{
	"", "join", "send", "update", "leave", "kick", "lock", "ping", "publish",
}

// Request is one message of a client, checked: every field that its kind requires is there,
// of the right type and within its limits. Its strings and values alias the frame it was
// decoded from.
type Request struct {
	Kind Kind
	ID   uint64 // 0: none, fire and forget; else 1 … MaxInt
	Room string // 1–MaxRoom bytes, no control characters; empty for ping only

	// join
	Profile Value // also update, which requires it
	Nonce   string
	Token   string
	Hidden  bool    // presence:false: neither listed nor told of others
	Resume  *Resume // also leave

	// send
	Event  string
	Data   Value    // absent counts as null
	To     []string // nil: everyone else in the room
	ToList bool     // To was a list, not a single string

	Echo bool // publish: its sender hears it too, if it is in the room

	Member string // kick; join: the id that a dialect's client asks for, which its room may grant
	Reason string // kick
	Locked bool   // lock

	Size int // bytes of the frame it was decoded from, which stays in memory as long as this does
}

// Resume names a membership that a client had before.
type Resume struct {
	Member, Key, Epoch string
	Seq                uint64 // the last numbered message received in order
}
