package measure

import (
	"time"

	"github.com/parley-signaling/parley/bench/internal/hist"
	"github.com/parley-signaling/parley/bench/internal/load"
	"github.com/parley-signaling/parley/bench/internal/report"
)

// report fills in the run.
func (x *session) report(r *load.Result, p *probe) {
	x.run.Samples = p.samples
	x.run.Step, x.run.Duration = load.SeriesStep, x.s.Duration
	for _, part := range r.Parts {
		x.run.Tally.Add(part.Tally)
		x.run.Failed += part.Failed
		x.run.Errors = append(x.run.Errors, part.Errors...)
	}
	switch x.s.Kind {
	case load.Fanout:
		x.fanout(r.Parts[load.Fanout], p.cpu())
	case load.Slow:
		x.fanout(r.Parts[load.Slow], p.cpu())
		x.others(r.Parts[load.Slow])
		x.main("slow readers cut", report.Number, float64(r.Parts[load.Slow].Cut), 0)
	case load.Call, load.Churn:
		x.cycles(r.Parts[x.s.Kind], p.cpu())
	case load.Resume:
		x.fanout(r.Parts[load.Resume], p.cpu())
		x.resume(r.Parts[load.Resume])
	case load.Idle:
		x.silence(r, p)
	case load.Soak:
		x.soak(r, p)
	}
	x.usage(r, p)
	x.judge(r)
}

func (x *session) add(name, unit string, value float64, better int) *report.Figure {
	x.run.Figures = append(x.run.Figures, report.Figure{Name: name, Unit: unit, Value: value, Better: better})
	return &x.run.Figures[len(x.run.Figures)-1]
}

func (x *session) main(name, unit string, value float64, better int) {
	x.add(name, unit, value, better).Main = true
}

func (x *session) percentile(name string, h *hist.Hist, q float64) *report.Figure {
	return x.add(name, report.Seconds, h.At(q).Seconds(), -1)
}

func (x *session) seconds() float64 { return x.s.Duration.Seconds() }

// fanout: a delivery is one message arriving at one other member.
func (x *session) fanout(part *load.Part, cpu float64) {
	x.run.Latency, x.run.Last = part.Latency, part.Last
	x.run.Series, x.run.Unit = part.Series, "deliveries"
	x.main("deliveries/s", report.PerSecond, float64(part.Delivered)/x.seconds(), 1)
	if cpu > 0 {
		x.main("deliveries per server CPU-s", report.Number, float64(part.Delivered)/cpu, 1)
	}
	x.percentile("p50", &part.Latency, 50).Main = true
	x.percentile("p99", &part.Latency, 99).Main = true
	x.percentile("p99.9", &part.Latency, 99.9)
	x.add("max", report.Seconds, part.Latency.Max().Seconds(), -1)
	x.percentile("last p50", &part.Last, 50).Main = true
	x.percentile("last p99", &part.Last, 99)
	x.late(part)
	if x.opt.Presence {
		x.add("presence messages", report.Number, float64(part.Presences), 0)
	}
}

// late tells how late the harness itself was, where messages have their times.
func (x *session) late(part *load.Part) {
	if x.s.Outstanding > 0 || part.Late.Count() == 0 {
		return
	}
	late := part.Late.At(99)
	x.add("sent late p99 (harness)", report.Seconds, late.Seconds(), -1)
	if p99 := part.Latency.At(99); late >= time.Millisecond && late*10 >= p99 {
		x.warn("the harness sent late: p99 %s of the latency's %s is its own", report.Duration(late), report.Duration(p99))
	}
}

func (x *session) cycles(part *load.Part, cpu float64) {
	what := x.s.Kind + "s"
	x.run.Latency = part.Cycle
	x.run.Series, x.run.Unit = part.Series, what
	x.main(what+"/s", report.PerSecond, float64(part.Cycles)/x.seconds(), 1)
	if cpu > 0 {
		x.main(what+" per server CPU-s", report.Number, float64(part.Cycles)/cpu, 1)
	}
	x.percentile("p50", &part.Cycle, 50).Main = true
	x.percentile("p99", &part.Cycle, 99).Main = true
	x.add("max", report.Seconds, part.Cycle.Max().Seconds(), -1)
	if x.s.Kind == load.Call {
		x.percentile("message p50", &part.Latency, 50)
		x.percentile("message p99", &part.Latency, 99)
	}
}

func (x *session) resume(part *load.Part) {
	x.main("sockets dropped", report.Number, float64(part.Dropped), 0)
	x.percentile("back p50", &part.Back, 50)
	x.percentile("back p99", &part.Back, 99).Main = true
	x.main("all back after", report.Seconds, part.Back.Max().Seconds(), -1)
	x.others(part)
	if part.Dropped == 0 {
		x.warn("no socket was dropped")
	}
}

// others are the rooms that stand by.
func (x *session) others(part *load.Part) {
	if part.Others.Count() > 0 {
		x.percentile("others' p50", &part.Others, 50)
		x.percentile("others' p99", &part.Others, 99).Main = true
		x.add("others' max", report.Seconds, part.Others.Max().Seconds(), -1)
	}
}

// silence: the kernel's part of a connection is not in the server's resident memory.
func (x *session) silence(r *load.Result, p *probe) {
	n := float64(x.s.Connections())
	x.main("connections", report.Number, n, 0)
	if m := x.run.Memory; len(m) > 1 {
		first, last := m[0], m[len(m)-1]
		x.main("resident bytes a connection", report.Bytes, (float64(last.RSS)-float64(first.RSS))/n, -1)
		x.add("resident without connections", report.Bytes, float64(first.RSS), -1)
		x.add("resident with all", report.Bytes, float64(last.RSS), -1)
	}
	x.add("pings", report.Number, float64(r.Net.Pings), 0)
	if cpu := p.cpu(); p.to.Found {
		x.main("server CPU, idle", report.Share, cpu/x.seconds(), -1)
		if r.Net.Pings > 0 {
			x.main("server CPU a ping", report.Seconds, cpu/float64(r.Net.Pings), -1)
		}
	}
}

func (x *session) soak(r *load.Result, p *probe) {
	f := r.Parts[load.Fanout]
	x.run.Latency, x.run.Last = f.Latency, f.Last
	x.run.Series, x.run.Unit = f.Series, "deliveries"
	x.main("deliveries/s", report.PerSecond, float64(f.Delivered)/x.seconds(), 1)
	x.percentile("p50", &f.Latency, 50).Main = true
	x.percentile("p99", &f.Latency, 99).Main = true
	for _, kind := range []string{load.Call, load.Churn} {
		c := r.Parts[kind]
		x.add(kind+"s/s", report.PerSecond, float64(c.Cycles)/x.seconds(), 0)
		x.percentile(kind+" p99", &c.Cycle, 99)
	}
	if part := r.Parts[load.Resume]; part != nil {
		x.resume(part)
	}
	x.growth(p.samples)
}

// growth compares the last quarter of a soak with the first.
func (x *session) growth(samples []report.Sample) {
	quarter := len(samples) / 4
	if quarter == 0 {
		return
	}
	mean := func(list []report.Sample, of func(report.Sample) int) (sum float64) {
		for _, s := range list {
			sum += float64(of(s)) / float64(len(list))
		}
		return sum
	}
	for _, g := range []struct {
		name, unit string
		of         func(report.Sample) int
	}{
		{"resident", report.Bytes, func(s report.Sample) int { return int(s.RSS) }},
		{"descriptors", report.Number, func(s report.Sample) int { return s.Descriptors }},
		{"goroutines", report.Number, func(s report.Sample) int { return s.Goroutines }},
		{"threads", report.Number, func(s report.Sample) int { return s.Threads }},
	} {
		first, last := mean(samples[:quarter], g.of), mean(samples[len(samples)-quarter:], g.of)
		if first > 0 {
			x.add(g.name+", at the end", g.unit, last, -1)
			x.add(g.name+", growth", report.Share, last/first-1, 0)
		}
	}
}
