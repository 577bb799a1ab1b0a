package cluster

import "sync/atomic"

// Stats count since the node was started.
type Stats struct {
	View       uint64               // the number of the view adopted last; 0: none yet
	Nodes      int                  // in it, that own rooms
	Leaving    int                  // in it, that are about to go
	Held       bool                 // the lease is good
	Lost       uint64               // leases lost
	Renewals   uint64               // acknowledged
	Failed     uint64               // renewals that were not
	Cuts       uint64               // links cut, by either end
	Dropped    uint64               // packets that were not believed or not understood, or came from nobody in the view
	DeadLetter uint64               // messages between actors that could not be sent or delivered
	Links      map[string]LinkStats // by the other node's id; those of the present view
	All        LinkStats            // over all links there ever were
}

// plus adds up.
func (s LinkStats) plus(o LinkStats) LinkStats {
	return LinkStats{
		PacketsOut: s.PacketsOut + o.PacketsOut, BytesOut: s.BytesOut + o.BytesOut, FramesOut: s.FramesOut + o.FramesOut,
		PacketsIn: s.PacketsIn + o.PacketsIn, BytesIn: s.BytesIn + o.BytesIn, FramesIn: s.FramesIn + o.FramesIn,
		Repeated: s.Repeated + o.Repeated, Duplicates: s.Duplicates + o.Duplicates, Waiting: s.Waiting + o.Waiting,
	}
}

// LinkStats count what went over one link. Bytes are those of NATS messages' payloads.
type LinkStats struct {
	PacketsOut, BytesOut, FramesOut uint64 // packets and bytes: repetitions included
	PacketsIn, BytesIn, FramesIn    uint64
	Repeated                        uint64 // packets sent again
	Duplicates                      uint64 // packets that had come before
	Waiting                         int    // bytes that wait or are under way
}

// counts are a link's.
type counts struct {
	packetsOut, bytesOut, framesOut, packetsIn, bytesIn, framesIn, repeated, duplicates atomic.Uint64
}

func (c *counts) read() LinkStats {
	return LinkStats{
		PacketsOut: c.packetsOut.Load(), BytesOut: c.bytesOut.Load(), FramesOut: c.framesOut.Load(),
		PacketsIn: c.packetsIn.Load(), BytesIn: c.bytesIn.Load(), FramesIn: c.framesIn.Load(),
		Repeated: c.repeated.Load(), Duplicates: c.duplicates.Load(),
	}
}

// totals are the cluster's.
type totals struct {
	lost, renewals, failed, cuts, dropped, deadLetters atomic.Uint64
}
