// Package load is one load process: it opens connections, works through phases and reports
// what it saw. See Serve for the conversation with its parent.
package load

import (
	"time"

	"github.com/parley-signaling/parley/bench/internal/client"
	"github.com/parley-signaling/parley/bench/internal/hist"
	"github.com/parley-signaling/parley/bench/internal/tally"
)

// The scenarios.
const (
	Fanout = "fanout"
	Slow   = "slow"
	Call   = "call"
	Churn  = "churn"
	Idle   = "idle"
	Resume = "resume"
	Soak   = "soak"
)

// Job says what a process does, for its whole life.
type Job struct {
	URL      string `json:"url"` // with a path; the nodes of a cluster, separated by commas
	Dialect  string `json:"dialect"`
	Insecure bool   `json:"insecure,omitempty"`
	Portable bool   `json:"portable,omitempty"` // no epoll
	Scenario string `json:"scenario"`
	Run      string `json:"run"`    // makes rooms unique
	Worker   int    `json:"worker"` // from 0
	Presence bool   `json:"presence,omitempty"`
	Payload  int    `json:"payload"` // bytes of JSON

	// Rooms of many: fanout, slow, idle, resume, soak
	Rooms      int `json:"rooms"`
	Members    int `json:"members"`             // of each room
	Publishers int `json:"publishers"`          // of each room: its first members
	Lo         int `json:"lo"`                  // this process has the connections Lo to Hi-1,
	Hi         int `json:"hi"`                  // of Rooms*Members, room by room
	Slow       int `json:"slow,omitempty"`      // of each room: its last members read slowly,
	SlowBytes  int `json:"slowBytes,omitempty"` // so many bytes a second; 0: nothing
	Bystanders int `json:"bystanders"`          // so many first rooms are never dropped, and have no slow members

	// Calls and churn
	InFlight int  `json:"inFlight"` // of this process
	Slot     int  `json:"slot"`     // of its first
	Warm     bool `json:"warm,omitempty"`
}

// Phase is one measurement. What is meant for WarmUp after Start is not measured.
type Phase struct {
	Start    int64         `json:"start"` // ns since the Unix epoch
	WarmUp   time.Duration `json:"warmUp"`
	Duration time.Duration `json:"duration"`
	Drain    time.Duration `json:"drain"` // without any arrival, after which the missing is lost

	Rate        float64 `json:"rate"`        // messages a second and room, open loop
	Outstanding int     `json:"outstanding"` // above 0: closed loop, of each publisher
	Cycles      float64 `json:"cycles"`      // calls or churns a second of this process; 0: closed loop
	Drop        float64 `json:"drop"`        // share of sockets dropped each second, 0–1
	DropAll     bool    `json:"dropAll"`     // all at once, once
}

// Part is what one scenario of a process has seen in one phase. Times are from the intended
// one; what warm-up brought is in Tally only.
type Part struct {
	Sent      uint64    `json:"sent"`
	Delivered uint64    `json:"delivered"` // arrived within the window
	Latency   hist.Hist `json:"latency"`   // of a delivery
	Last      hist.Hist `json:"last"`      // until every member had it
	Late      hist.Hist `json:"late"`      // the harness's own lateness
	Others    hist.Hist `json:"others"`    // latency in rooms that stand by

	Cycles uint64    `json:"cycles"` // calls or churns done within the window
	Cycle  hist.Hist `json:"cycle"`

	Dropped   uint64    `json:"dropped"`
	Back      hist.Hist `json:"back"` // from the drop to the membership's return
	Presences uint64    `json:"presences"`
	Cut       uint64    `json:"cut,omitempty"` // slow members whose connection the server has ended

	Tally  tally.Tally `json:"tally"`
	Failed uint64      `json:"failed"` // connections lost, requests refused, memberships not recovered
	Errors []string    `json:"errors,omitempty"`

	Series []uint64   `json:"series"` // deliveries, or cycles where there are none, by SeriesStep
	Slices []SliceEnd `json:"slices,omitempty"`
}

// SeriesStep is the time that one entry of Part.Series covers.
const SeriesStep = 250 * time.Millisecond

// SliceEnd says when the last of this process's members of a room had a message, where the
// room has members in other processes too.
type SliceEnd struct {
	Publisher uint32 `json:"p"`
	Number    uint32 `json:"n"`
	Latency   int64  `json:"l"` // ns
}

// Result is what a process reports of one phase.
type Result struct {
	Parts map[string]*Part `json:"parts"` // by scenario
	Net   client.Stats     `json:"net"`   // within the window
	CPU   float64          `json:"cpu"`   // seconds, within the window
}

// Add adds what another process reports of the same phase.
func (r *Result) Add(o *Result) {
	for name, part := range o.Parts {
		if r.Parts[name] == nil {
			r.Parts[name] = &Part{}
		}
		r.Parts[name].Merge(part)
	}
	r.Net = r.Net.Add(o.Net)
	r.CPU += o.CPU
}

// maxErrors bounds Part.Errors.
const maxErrors = 5

// Merge adds what another process has seen.
func (p *Part) Merge(o *Part) {
	p.Sent += o.Sent
	p.Delivered += o.Delivered
	p.Latency.Merge(&o.Latency)
	p.Last.Merge(&o.Last)
	p.Late.Merge(&o.Late)
	p.Others.Merge(&o.Others)
	p.Cycles += o.Cycles
	p.Cycle.Merge(&o.Cycle)
	p.Dropped += o.Dropped
	p.Back.Merge(&o.Back)
	p.Presences += o.Presences
	p.Cut += o.Cut
	p.Tally.Add(o.Tally)
	p.Failed += o.Failed
	for _, e := range o.Errors {
		p.example(e)
	}
	for i, n := range o.Series {
		p.count(i, n)
	}
	p.Slices = append(p.Slices, o.Slices...)
}

// JoinSlices makes Last of what the processes of a room have seen each: a message's last
// arrival is the latest of theirs. After all merges.
func (p *Part) JoinSlices() {
	latest := map[[2]uint32]int64{}
	for _, s := range p.Slices {
		k := [2]uint32{s.Publisher, s.Number}
		latest[k] = max(latest[k], s.Latency)
	}
	for _, ns := range latest {
		p.Last.Record(ns)
	}
	p.Slices = nil
}

func (p *Part) fail(what string) {
	p.Failed++
	p.example(what)
}

func (p *Part) example(what string) {
	for _, e := range p.Errors {
		if e == what {
			return
		}
	}
	if len(p.Errors) < maxErrors {
		p.Errors = append(p.Errors, what)
	}
}

func (p *Part) count(step int, n uint64) {
	for len(p.Series) <= step {
		p.Series = append(p.Series, 0)
	}
	p.Series[step] += n
}
