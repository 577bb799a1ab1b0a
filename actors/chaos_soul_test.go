package actors_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors/clustertest"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// soul is somebody who is in a room as long as it wants to, whatever becomes of its connections:
// it resumes as the protocol has it, repeats what was not answered, and writes down what it sees.
type soul struct {
	world *chaos
	name  string
	room  string

	hidden, moderates bool // static

	mu      sync.Mutex
	rng     *rand.Rand
	in      bool // it wants to be in the room
	at      *clustertest.Node
	line    roomtest.Line
	codec   wire.Codec
	joined  bool // it is, as far as it knows
	nonce   string
	member  string
	key     string
	epoch   string
	cursor  uint64
	lastID  uint64
	joinID  uint64                   // of the join that is not answered
	before  uint64                   // joins up to this one were for a membership that it has left
	upTo    uint64                   // messages up to this one are what was missed
	pending map[uint64]*wire.Request // not answered, by id
	roster  map[string]bool
	stint   *stint
	role    wire.Role
	locked  bool
	bans    int // how often it was kicked, and has come back as somebody else
}

// stint is a time in which a soul must have missed nothing.
type stint struct {
	soul, member string
	room, epoch  string
	from, to     uint64 // seqs, from excluded
	seen         map[uint64]bool
	returns      int
}

// request encodes what the soul asks for.
func (s *soul) request(q *wire.Request) {
	if s.line != nil {
		s.line.Send(wire.AppendRequest(nil, s.codec, q))
	}
}

// connect goes to a node that lives, and into the room. Under mu.
func (s *soul) connect() {
	s.at = s.world.anyNode(s.rng)
	if s.at == nil {
		return
	}
	s.codec = wire.Codec(s.rng.IntN(2))
	s.line = roomtest.NewLine(s.at.System, s.codec, s.rng.Uint64())
	go s.read(s.line, s.codec)
	s.join()
}

// join is under mu.
func (s *soul) join() {
	s.lastID++
	s.joinID = s.lastID
	q := &wire.Request{Kind: wire.KindJoin, ID: s.joinID, Room: s.room, Nonce: s.nonce, Hidden: s.hidden}
	if s.world.house.tokens {
		until := time.Now().Add(time.Duration(1+s.rng.IntN(20)) * time.Second)
		moderates := s.moderates
		if s.world.calm.Load() { // somebody must open what is locked
			until, moderates = time.Now().Add(time.Hour), true
		}
		q.Token = fmt.Sprintf("%s, %d/%d/%v", s.name, s.bans, until.UnixMilli(), moderates)
	}
	if s.member != "" {
		q.Resume = &wire.Resume{Member: s.member, Key: s.key, Epoch: s.epoch, Seq: s.cursor}
	}
	s.request(q)
}

// send says something, with an id. Under mu.
func (s *soul) send(to []string) {
	s.lastID++
	text := s.world.text()
	data, _ := wire.NewValue(wire.JSON, text)
	q := &wire.Request{Kind: wire.KindSend, ID: s.lastID, Room: s.room, Event: "e", Data: data, To: to, ToList: to != nil}
	s.pending[q.ID] = q
	s.request(q)
}

func (s *soul) read(line roomtest.Line, codec wire.Codec) {
	for {
		frame, code, ok := line.Recv()
		s.mu.Lock()
		if !ok {
			if s.line == line {
				s.world.ended(s, code)
				s.line, s.joined = nil, false
				s.later()
			}
			s.mu.Unlock()
			return
		}
		if m, err := wire.DecodeMessage(codec, frame); err != nil {
			s.world.fail("%s: %v", s.name, err)
		} else if s.line == line {
			s.hear(m)
		}
		s.mu.Unlock()
	}
}

// later tries again. Under mu.
func (s *soul) later() {
	time.AfterFunc(time.Duration(10+s.rng.IntN(300))*time.Millisecond, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case !s.in || s.joined:
		case s.line == nil:
			s.connect()
		default:
			s.join()
		}
	})
}

// hear is under mu.
func (s *soul) hear(m wire.Message) {
	if _, in := m.(*wire.Joined); s.member == "" && !in {
		switch m := m.(type) {
		case *wire.Error:
			if s.in {
				s.hearError(m)
			}
		case *wire.Bye:
			if s.in && m.Room != "" {
				s.hearBye(m)
			}
		}
		return // it has left, and the room does not know yet
	}
	switch m := m.(type) {
	case *wire.Joined:
		s.hearJoined(m)
	case *wire.Event:
		var text string
		if err := m.Data.Unmarshal(&text); err != nil {
			s.world.fail("%s: %v", s.name, err)
		}
		s.number(m.Seq)
		s.world.told(s.epoch, m.Seq, fmt.Sprintf("event %s of %s to %v", text, m.From, m.To), m.To == nil)
		s.world.place(text, s.epoch, m.Seq)
		s.world.said(s.epoch, m.Seq, m.From)
		if m.Event == "counted" {
			s.world.tally("heard counts")
		}
	case *wire.MemberChange:
		s.number(m.Seq)
		s.world.told(s.epoch, m.Seq, fmt.Sprintf("%s %s", m.Change, m.Member), false)
		switch m.Change {
		case wire.ChangeJoined:
			s.roster[m.Member] = true
		case wire.ChangeLeft:
			delete(s.roster, m.Member)
		}
		if m.Member == s.member && m.HasRole {
			s.role = m.Role
		}
		if m.Seq > s.upTo && len(s.roster) > s.world.house.capacity { // the roster was ahead of what was missed
			s.world.fail("%s: %d members", s.name, len(s.roster))
		}
	case *wire.RoomChange:
		s.number(m.Seq)
		s.world.told(s.epoch, m.Seq, fmt.Sprintf("locked %v", m.Locked), true)
		s.locked = m.Locked
	case *wire.OK:
		q := s.pending[m.ID]
		if q == nil {
			return // of an epoch before, or asked twice
		}
		delete(s.pending, m.ID)
		if q.Kind != wire.KindSend {
			s.world.said(s.epoch, m.Seq, s.member)
		} else {
			var text string
			_ = json.Unmarshal(q.Data.Bytes, &text)
			s.world.place(text, s.epoch, m.Seq)
			s.world.acked(q, s.epoch, m.Seq, s.member, text)
		}
	case *wire.Error:
		s.hearError(m)
	case *wire.Bye:
		if m.Room != "" {
			s.hearBye(m)
		}
	}
}

func (s *soul) hearBye(m *wire.Bye) {
	switch m.Reason {
	case "unauthorized": // it lingers
		s.world.tally("expired")
		s.joined = false
	case "kicked":
		s.banned()
	default:
		s.lose()
	}
	s.later()
}

// banned makes somebody else of the soul: whoever it was does not come in any more. Under mu.
func (s *soul) banned() {
	s.bans++
	s.world.tally("kicked")
	s.lose()
}

// number checks that what comes is in order.
func (s *soul) number(seq uint64) {
	if seq <= s.cursor {
		s.world.fail("%s: seq %d after %d in epoch %s", s.name, seq, s.cursor, s.epoch)
	}
	s.cursor = seq
	s.stint.to = seq
	s.stint.seen[seq] = true
}

func (s *soul) hearJoined(j *wire.Joined) {
	if !s.in || j.ID != 0 && j.ID <= s.before {
		return
	}
	s.upTo = j.Seq
	s.joined, s.role, s.locked = true, j.Self.Role, j.Locked
	if j.Count > s.world.house.capacity {
		s.world.fail("%s: %d members", s.name, j.Count)
	}
	answerLost := j.Recovered && s.member != j.Self.Member // found by its nonce: all since its own join follows
	if j.Recovered && !answerLost {
		if j.Epoch != s.epoch || j.Self.Member != s.member {
			s.world.fail("%s: recovered in another epoch or as somebody else", s.name)
		}
	} else {
		if j.Self.Member != s.member || j.Epoch != s.epoch {
			s.world.forsake(s.room, len(s.pending))
			s.pending = map[uint64]*wire.Request{} // interrupted
		}
		s.member, s.key, s.epoch, s.cursor = j.Self.Member, j.Self.Key, j.Epoch, j.Seq
		if answerLost {
			s.cursor = 0
		}
		s.stint = &stint{soul: s.name, member: s.member, room: s.room, epoch: s.epoch, from: j.Seq, to: j.Seq, seen: map[uint64]bool{}}
		s.world.begin(s.stint)
	}
	s.stint.returns++
	if !j.Recovered || answerLost {
		s.roster = map[string]bool{j.Self.Member: true}
		for _, m := range j.Members {
			s.roster[m.Member] = true
		}
	}
	for _, q := range s.pending { // asked again
		s.request(q)
	}
}

func (s *soul) hearError(e *wire.Error) {
	if e.Code == wire.NotJoined || e.Code == wire.AlreadyJoined {
		return // it is held, or there
	}
	if q := s.pending[e.ID]; q != nil && e.ID != 0 {
		delete(s.pending, e.ID)
		if e.Code != wire.NoSuchMember && e.Code != wire.Forbidden {
			s.world.fail("%s: %v", s.name, e)
		}
		return
	}
	if e.ID != 0 && e.ID != s.joinID {
		return // of an epoch before
	}
	switch e.Code {
	case wire.Unavailable, wire.Internal, wire.RoomFull, wire.RoomLocked:
		s.world.tally(string(e.Code))
		s.later()
	case wire.Unauthorized:
		if s.joined {
			s.join() // with a fresh token
		} else {
			s.later()
		}
	case wire.Forbidden: // kicked while it was away
		s.banned()
		s.later()
	default:
		s.world.fail("%s: %v", s.name, e)
	}
}

// lose forgets a membership that is over. Under mu.
func (s *soul) lose() {
	s.world.forsake(s.room, len(s.pending))
	s.joined, s.member, s.key, s.epoch, s.cursor = false, "", "", "", 0
	s.pending, s.roster = map[uint64]*wire.Request{}, nil
	s.nonce = fmt.Sprintf("nonce-%016x", s.rng.Uint64())
}

// act does something, at random.
func (s *soul) act() {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.rng.IntN(100)
	switch {
	case !s.in:
		if p < 50 {
			s.in = true
			s.lose()
			if s.line == nil {
				s.connect()
			} else {
				s.join()
			}
		}
	case !s.joined:
	case p < 60:
		s.send(nil)
	case p < 75:
		var to []string
		for _, m := range slices.Sorted(maps.Keys(s.roster)) {
			if s.rng.IntN(3) == 0 {
				to = append(to, m)
			}
		}
		if len(to) > 0 {
			s.send(to)
		}
	case p < 80:
		s.lastID++
		q := &wire.Request{Kind: wire.KindUpdate, ID: s.lastID, Room: s.room, Profile: wire.Value{Bytes: fmt.Appendf(nil, "%d", s.rng.IntN(1000))}}
		s.pending[q.ID] = q
		s.request(q)
	case p < 82 && s.world.house.kicks && s.role == wire.RoleModerator && !s.hidden:
		s.moderate()
	case p < 84 && len(s.pending) == 0:
		s.request(&wire.Request{Kind: wire.KindLeave, Room: s.room})
		s.before = s.lastID
		s.lose()
		s.in = false
	case p < 90:
		s.line.Drop()
		s.line, s.joined = nil, false
		s.later()
	case p < 91 && len(s.pending) == 0:
		s.line.CloseClean()
		s.line, s.in = nil, false
		s.lose()
	}
}

// moderate kicks somebody, or locks the room, or opens it. Under mu.
func (s *soul) moderate() {
	q := &wire.Request{Kind: wire.KindLock, Room: s.room, Locked: !s.locked}
	if s.rng.IntN(2) == 0 {
		for _, m := range slices.Sorted(maps.Keys(s.roster)) {
			if m != s.member {
				q = &wire.Request{Kind: wire.KindKick, Room: s.room, Member: m}
			}
		}
	}
	s.lastID++
	q.ID = s.lastID
	s.pending[q.ID] = q
	s.request(q)
}

// settleDown opens a room that is locked, for those who wait.
func (s *soul) settleDown() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in && s.joined && s.locked && s.role == wire.RoleModerator {
		s.lastID++
		q := &wire.Request{Kind: wire.KindLock, ID: s.lastID, Room: s.room}
		s.pending[q.ID] = q
		s.request(q)
	}
}
