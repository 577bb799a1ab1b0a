package tracker

import (
	"encoding/json"
	"strconv"

	"github.com/parley-signaling/parley/actors/wire"
)

// A swarm moves with its room: the peers of a member are the member's profile, which outlives a
// node that dies; how often there was a download is what the room carries, and is lost with one.

// luggage is a peer in a profile. maxPeers of them have less than wire.MaxProfile, whatever
// their ids are.
type luggage struct {
	ID       string `json:"id"`
	Complete bool   `json:"complete,omitzero"`
}

// note writes a member's peers into its profile.
func (o *office) note(member string) {
	list := make([]luggage, 0, maxPeers)
	for _, p := range o.swarm.members[member] {
		list = append(list, luggage{p.id, p.complete})
	}
	b, _ := json.Marshal(list) // of strings and bools: it does not fail
	// Where the room has no place for it, the peer is unknown on another node until it announces
	// itself the next time.
	_ = o.room.SetProfile(member, wire.Value{Codec: wire.JSON, Bytes: b})
}

// pack is what the room carries.
func (o *office) pack() []byte { return strconv.AppendInt(nil, int64(o.swarm.downloaded), 10) }

// unpack makes the swarm of a room that comes from another node; there is none in a new one.
func (o *office) unpack() {
	o.swarm.downloaded, _ = strconv.Atoi(string(o.room.Carried())) // none: 0
	for _, m := range o.room.Members() {
		var list []luggage
		if m.Profile.Codec != wire.JSON || json.Unmarshal(m.Profile.Bytes, &list) != nil {
			continue // it has not announced a peer yet
		}
		for _, l := range list {
			if p, ok := o.swarm.add(m.ID, l.ID); ok && l.Complete {
				o.swarm.completes(p, false)
			}
		}
	}
}
