package roomtest

// Guarantee is one rule of PROTOCOL.md, shown by example.
type Guarantee struct {
	Name string
	Show func(w *World)
}

// Guarantees are the protocol's rules, one behaviour each, numbered as in PROTOCOL.md. They
// need a Target whose Capacity is 6.
var Guarantees = []Guarantee{
	{"1 every member sees its part of one order", oneOrder},
	{"1 ok takes its place in the order", okInOrder},
	{"1 a directed message goes to each receiver once", directed},
	{"1 those who are absent are named", missing},
	{"2 a resume brings the same member back with all it missed", resumeReplays},
	{"2 a resume over the other codec", resumeOtherCodec},
	{"2 a suspended member is sent to", suspendedIsThere},
	{"2 after linger the member has left", lingerEnds},
	{"2 code 1000 leaves", cleanCloseLeaves},
	{"2 a wrong key is unauthorized and harms nobody", wrongKey},
	{"2 another epoch: the same member, not recovered", otherEpoch},
	{"2 a cursor ahead of the room: the same member, not recovered", cursorAhead},
	{"2 the last 1,024 messages are kept", historyReaches},
	{"2 what is younger than linger and 40 s is kept", historyAges},
	{"2 a resume never reaches back before the own join", resumeBeforeJoin},
	{"2 a resume while the old socket is open replaces it", takeOver},
	{"2 a replaced connection lives on in its other rooms", takeOverOfOne},
	{"2 a resume needs no free place and no unlocked room", resumeFullAndLocked},
	{"2 a member that is gone comes back as a new one", resumeGone},
	{"3 a repeated request has the same answer and no effect", repeated},
	{"3 also after a resume, and errors too", repeatedAfterResume},
	{"3 the last 64 answers are kept", window},
	{"3 lastId is the largest id kept, without those of joins", lastID},
	{"3 without an id there is no ok, and errors have none", withoutID},
	{"4 a second join is already_joined", secondJoin},
	{"4 the own nonce or resume has the same joined again", joinedAgain},
	{"4 a nonce finds the member whose answer was lost", lostAnswer},
	{"4 leave with resume ends a suspended membership", leaveSuspended},
	{"4 leave with resume of a member that is present", leavePresent},
	{"5 the roster is exact and ordered by since", rosterExact},
	{"5 hidden members are never seen", hiddenUnseen},
	{"5 hidden and suspended members count for capacity", capacity},
	{"5 racing joins never exceed capacity", capacityRace},
	{"5 a locked room takes no new members", locked},
	{"5 a kick ends member, key and nonce", kicked},
	{"5 a room and its epoch end with the last member", roomEnds},
	{"6 since orders members and is kept over a resume", sinceKept},
	{"7 the first member is moderator, then the smallest since", succession},
	{"7 a suspended moderator stays one until it has left", suspendedModerator},
	{"7 a hidden member is moderator only where no other is", hiddenModerator},
	{"7 only moderators kick and lock", moderatorsOnly},
	{"8 a slow reader is closed with 4429, and resumes", slowReader},
	{"not_joined: nothing is done in a room one is not in", notJoined},
	{"update replaces the profile", update},
	{"ping is answered pong", ping},
}
