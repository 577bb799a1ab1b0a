package roomtest

// Guarantee is one rule of PROTOCOL.md, shown by example.
type Guarantee struct {
	Name  string
	Show  func(w *World)
	Waits bool // for the end of a linger, which should be short where time is real
}

// Guarantees are the protocol's rules, one behaviour each, numbered as in PROTOCOL.md. They
// need a Target whose Capacity is 6.
var Guarantees = []Guarantee{
	{Name: "1 every member sees its part of one order", Show: oneOrder},
	{Name: "1 ok takes its place in the order", Show: okInOrder},
	{Name: "1 a directed message goes to each receiver once", Show: directed},
	{Name: "1 those who are absent are named", Show: missing},
	{Name: "2 a resume brings the same member back with all it missed", Show: resumeReplays},
	{Name: "2 a resume over the other codec", Show: resumeOtherCodec},
	{Name: "2 a suspended member is sent to", Show: suspendedIsThere},
	{Name: "2 after linger the member has left", Show: lingerEnds, Waits: true},
	{Name: "2 code 1000 leaves", Show: cleanCloseLeaves},
	{Name: "2 a wrong key is unauthorized and harms nobody", Show: wrongKey},
	{Name: "2 another epoch: the same member, not recovered", Show: otherEpoch},
	{Name: "2 a cursor ahead of the room: the same member, not recovered", Show: cursorAhead},
	{Name: "2 the last 1,024 messages are kept", Show: historyReaches},
	{Name: "2 what is younger than linger and 40 s is kept", Show: historyAges},
	{Name: "2 a resume never reaches back before the own join", Show: resumeBeforeJoin},
	{Name: "2 a resume while the old socket is open replaces it", Show: takeOver},
	{Name: "2 a replaced connection lives on in its other rooms", Show: takeOverOfOne},
	{Name: "2 an earlier join of a client never replaces a later one", Show: lateJoin},
	{Name: "2 a resume needs no free place and no unlocked room", Show: resumeFullAndLocked},
	{Name: "2 a member that is gone comes back as a new one", Show: resumeGone},
	{Name: "3 a repeated request has the same answer and no effect", Show: repeated},
	{Name: "3 also after a resume, and errors too", Show: repeatedAfterResume},
	{Name: "3 the last 64 answers are kept", Show: window},
	{Name: "3 lastId is the largest id kept, without those of joins", Show: lastID},
	{Name: "3 without an id there is no ok, and errors have none", Show: withoutID},
	{Name: "4 a second join is already_joined", Show: secondJoin},
	{Name: "4 the own nonce or resume has the same joined again", Show: joinedAgain},
	{Name: "4 a nonce finds the member whose answer was lost", Show: lostAnswer},
	{Name: "4 leave with resume ends a suspended membership", Show: leaveSuspended},
	{Name: "4 leave with resume of a member that is present", Show: leavePresent},
	{Name: "5 the roster is exact and ordered by since", Show: rosterExact},
	{Name: "5 hidden members are never seen", Show: hiddenUnseen},
	{Name: "5 hidden and suspended members count for capacity", Show: capacity},
	{Name: "5 racing joins never exceed capacity", Show: capacityRace},
	{Name: "5 a locked room takes no new members", Show: locked},
	{Name: "5 a kick ends member, key and nonce", Show: kicked},
	{Name: "5 a room and its epoch end with the last member", Show: roomEnds},
	{Name: "6 since orders members and is kept over a resume", Show: sinceKept},
	{Name: "7 the first member is moderator, then the smallest since", Show: succession},
	{Name: "7 a suspended moderator stays one until it has left", Show: suspendedModerator, Waits: true},
	{Name: "7 a hidden member is moderator only where no other is", Show: hiddenModerator},
	{Name: "7 only moderators kick and lock", Show: moderatorsOnly},
	{Name: "8 a slow reader is closed with 4429, and resumes", Show: slowReader},
	{Name: "not_joined: nothing is done in a room one is not in", Show: notJoined},
	{Name: "update replaces the profile", Show: update},
	{Name: "ping is answered pong", Show: ping},
}
