package actors

import "time"

// Observer is told what becomes of rooms and of their members, as it happens.
type Observer interface {
	// Observe is called in the turn of the room: in order for one room, for several at once. It
	// must not block.
	Observe(Notice)
}

// NoticeKind tells notices apart.
type NoticeKind uint8

const (
	RoomStarted     NoticeKind = iota // its first member comes in
	RoomEnded                         // its last member has gone, and with it the epoch
	MemberJoined                      // somebody new
	MemberSuspended                   // its socket has ended; it may come back
	MemberResumed                     // it has come back
	MemberLeft                        // it has gone, for Reason
)

// Notice is one thing that has happened. It belongs to whoever is told; what it points to is
// shared and must not be changed.
type Notice struct {
	Kind NoticeKind
	At   time.Time
	RoomName
	Epoch   string
	Seq     uint64     // the number of the room's last message
	Members int        // that the room has now
	Member  MemberInfo // none in RoomStarted and RoomEnded
	Reason  string     // MemberLeft: leave, timeout, kicked, closed or error
}

// observe tells the observer; m is nil where it is about the room.
func (r *Room) observe(k NoticeKind, m *member, reason string) {
	o := r.sys.options.Observer
	if o == nil {
		return
	}
	n := Notice{
		Kind: k, At: r.now, RoomName: RoomName{r.key.namespace, r.key.name}, Epoch: r.epoch, Seq: r.seq,
		Members: len(r.members), Reason: reason,
	}
	if m != nil {
		n.Member = m.info()
	}
	o.Observe(n)
}

// observeStart is for every coming in; the first one counts.
func (r *Room) observeStart() {
	if !r.started {
		r.started = true
		r.observe(RoomStarted, nil, "")
	}
}

// observeEnd comes before the mailbox is shut: from then on there may be another room of that
// name, whose start must not be told first.
func (r *Room) observeEnd() {
	if r.started {
		r.started = false
		r.observe(RoomEnded, nil, "")
	}
}
