package measure

import (
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// busy is the share of a core from which a load process is its own bottleneck.
const busy = 0.9

// usage adds what server and harness used, and how well either could put things together.
func (x *session) usage(r *load.Result, p *probe) {
	if x.s.Kind == load.Idle {
		return
	}
	if p.to.Found {
		x.add("server CPU", report.Share, p.cpu()/x.seconds(), 0)
		x.add("server resident", report.Bytes, float64(p.to.RSS), -1)
	} else {
		x.warn("the server's processes are not known (-pid), hence neither its CPU time nor its memory")
	}
	x.add("harness CPU", report.Share, r.CPU/x.seconds(), 0)
	if r.Net.Reads > 0 {
		x.add("messages a read", report.Number, float64(r.Net.Received)/float64(r.Net.Reads), 0)
	}
	if r.Net.Writes > 0 {
		x.add("messages a write", report.Number, float64(r.Net.Sent)/float64(r.Net.Writes), 0)
	}
}

// judge says where the figures are the harness's rather than the server's.
func (x *session) judge(r *load.Result) {
	if x.fleet.PeakCPU >= busy {
		x.warn("the harness was the bottleneck: a load process used %.0f %% of a core (-processes)", x.fleet.PeakCPU*100)
	}
	if r.Net.Abandoned > 0 {
		x.warn("the server did not answer %d closes within 10 s", r.Net.Abandoned)
	}
}
