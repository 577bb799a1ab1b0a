package wire

import "time"

// Message is what the engine tells a client. The set is closed: [Joined], [Event],
// [MemberChange], [RoomChange], [OK], [Error], [ICE], [Bye] and [Pong], each by pointer.
type Message interface {
	// AppendTo appends the message's encoding to dst and returns the extended slice. It does
	// not fail: whatever a message holds has been validated. It does not retain dst.
	AppendTo(dst []byte, c Codec) []byte
}

// Role is what a member may do in a room.
type Role uint8

const (
	RoleMember Role = iota
	RoleModerator
	RoleObserver
)

// String returns the role's name on the wire.
func (r Role) String() string { return nameOf(roleNames[:], int(r)) }

var roleNames = [...]string{"member", "moderator", "observer"}

// nameOf is safe for numbers that have no name.
func nameOf(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "unknown"
}

// Joined answers a join. Members are all listed members but oneself, ordered by Since; the
// field is left out of the encoding where Hidden is set.
type Joined struct {
	ID, Seq, LastID   uint64 // ID 0: left out
	Room, Epoch       string
	Self              Self
	Members           []Member
	Hidden            bool
	Count             int
	Locked, Recovered bool
	Linger            time.Duration // sent in whole seconds, rounded up
	ICE               Value         // an RTCConfiguration.iceServers list; absent: []
	ICETTL            time.Duration // sent in whole seconds, rounded up
}

// Self is the receiver's own membership: what a resume needs.
type Self struct {
	Member, Key string
	Role        Role
	Since       uint64
	Profile     Value
}

// Member is one line of the roster.
type Member struct {
	Member    string
	Profile   Value
	Since     uint64
	Role      Role
	Suspended bool // left out where false
}

// Event is a message of one member to others.
type Event struct {
	Room   string
	Seq    uint64
	From   string
	Event  string
	Data   Value
	To     []string // nil: a broadcast, and left out
	ToList bool     // To is encoded as a list, else as its only string
	Count  int      // publish: how many members the room had; not sent natively, for dialects
}

// Change is what happened to a member.
type Change uint8

const (
	ChangeJoined    Change = iota // carries profile, since and role
	ChangeUpdated                 // carries what has changed
	ChangeSuspended               // the socket ended, the membership lingers
	ChangeResumed
	ChangeLeft // carries the reason
)

// String returns the change's name on the wire.
func (c Change) String() string { return nameOf(changeNames[:], int(c)) }

var changeNames = [...]string{"joined", "updated", "suspended", "resumed", "left"}

// MemberChange (type "member") tells of a member's coming, going and changing.
type MemberChange struct {
	Room    string
	Seq     uint64
	Change  Change
	Member  string
	Profile Value  // absent: left out
	Since   uint64 // 0: left out
	Role    Role
	HasRole bool   // Role is sent
	Reason  string // leave, timeout, kicked, drain, error; empty: left out
}

// RoomChange (type "room") tells of a setting of the whole room.
type RoomChange struct {
	Room   string
	Seq    uint64
	Locked bool
}

// OK answers a request that has an id.
type OK struct {
	ID, Seq uint64
	Missing []string // those of To that are not there; nil: left out
}

// ICE brings fresh TURN credentials.
type ICE struct {
	ICE Value         // absent: []
	TTL time.Duration // sent as iceTTL in whole seconds, rounded up
}

// Bye announces an end: of the membership in Room, or of the connection where Room is empty.
type Bye struct {
	Code         int
	Reason, Text string // Text empty: left out
	Room         string
	RetryAfter   time.Duration // sent in milliseconds, rounded up; 0: left out
}

// Pong answers a ping.
type Pong struct {
	ID uint64 // 0: left out
}
