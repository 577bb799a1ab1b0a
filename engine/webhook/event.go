package webhook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Names are the types of events, by actors.NoticeKind.
var Names = []string{
	actors.RoomStarted: "room.started", actors.RoomEnded: "room.ended",
	actors.MemberJoined: "member.joined", actors.MemberSuspended: "member.suspended",
	actors.MemberResumed: "member.resumed", actors.MemberLeft: "member.left",
}

// Defaults are what is told where nothing else is asked for.
var Defaults = []string{"room.started", "room.ended", "member.joined", "member.left"}

// kindsOf is a bit for each kind that is named.
func kindsOf(names []string) (bits uint32, err error) {
	if len(names) == 0 {
		names = Defaults
	}
	for _, name := range names {
		k := slices.Index(Names, name)
		if k < 0 {
			return 0, fmt.Errorf("webhook: Events: %q is none of %s", name, strings.Join(Names, ", "))
		}
		bits |= 1 << k
	}
	return bits, nil
}

// event is a notice on its way.
type event struct {
	actors.Notice
	sequence uint64
}

// overhead is what an event is reckoned with beside what varies, in bytes.
const overhead = 512

func (e *event) size() int {
	return overhead + len(e.Name) + len(e.Member.Subject) + len(e.profile().Bytes)
}

// profile is told of those who come in, and of nobody else.
func (e *event) profile() wire.Value {
	if e.Kind == actors.MemberJoined {
		return e.Member.Profile
	}
	return wire.Value{}
}

// Body is what a receiver is sent, as JSON.
type Body struct {
	Type      string    `json:"type"`      // one of Names
	Timestamp time.Time `json:"timestamp"` // when it happened
	ID        string    `json:"id"`        // webhook-id
	Node      string    `json:"node"`      // another one after each start of the engine
	Sequence  uint64    `json:"sequence"`  // of the node's events, growing by one; in order for one room, not over rooms
	// Missing is how many events of this node have been dropped so far on their way to this
	// receiver. One that sees it grow should look at the rooms anew.
	Missing uint64 `json:"missing"`
	Data    Data   `json:"data"`
}

// Data is what has happened.
type Data struct {
	Namespace string  `json:"namespace"` // "": the native protocol's
	Room      string  `json:"room"`
	Epoch     string  `json:"epoch"`   // the life of the room
	Seq       uint64  `json:"seq"`     // the number of the room's last message
	Members   int     `json:"members"` // that the room has now
	Member    *Member `json:"member,omitempty"`
	Reason    string  `json:"reason,omitempty"` // member.left: leave, timeout, kicked, closed or error
}

// Member is whom a member event is about.
type Member struct {
	Member  string          `json:"member"`
	Since   uint64          `json:"since"`
	Role    string          `json:"role"`
	Hidden  bool            `json:"hidden"`
	Subject string          `json:"subject,omitempty"` // its token's
	Profile json.RawMessage `json:"profile,omitempty"` // member.joined
}

// body is the event as one receiver is sent it.
func (e *event) body(node string, missing uint64) ([]byte, error) {
	b := Body{
		Type: Names[e.Kind], Timestamp: e.At.UTC(), ID: eventID(node, e.sequence), Node: node,
		Sequence: e.sequence, Missing: missing,
		Data: Data{
			Namespace: e.Namespace, Room: e.Name, Epoch: e.Epoch, Seq: e.Seq, Members: e.Members, Reason: e.Reason,
		},
	}
	if e.Member.ID != "" {
		b.Data.Member = &Member{
			Member: e.Member.ID, Since: e.Member.Since, Role: e.Member.Role.String(), Hidden: e.Member.Hidden,
			Subject: e.Member.Subject,
		}
		if p := e.profile(); !p.IsAbsent() {
			b.Data.Member.Profile = p.Append(nil, wire.JSON)
		}
	}
	return json.Marshal(b)
}
