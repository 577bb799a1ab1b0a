package load

// window is the measured part of a phase, in ns since the Unix epoch.
type window struct{ start, from, to int64 }

func windowOf(p Phase) window {
	from := p.Start + int64(p.WarmUp)
	return window{p.Start, from, from + int64(p.Duration)}
}

func (w window) has(at int64) bool { return at >= w.from && at < w.to }

// meter records into the present phase's part.
type meter struct {
	window
	part *Part
}

// latency notes how long after it was meant to be sent a message arrived.
func (m *meter) latency(now, intended int64) {
	if m.has(intended) {
		m.part.Latency.Record(now - intended)
	}
}

// arrival notes that one arrived.
func (m *meter) arrival(now int64) {
	if m.has(now) {
		m.part.Delivered++
		m.part.count(int((now-m.from)/int64(SeriesStep)), 1)
	}
}

// sent notes that a message was handed to its socket.
func (m *meter) sent(now, intended int64) {
	if m.has(intended) {
		m.part.Sent++
		m.part.Late.Record(now - intended)
	}
}

// cycled notes the end of a call or churn.
func (m *meter) cycled(now, intended int64, series bool) {
	if m.has(intended) {
		m.part.Cycle.Record(now - intended)
	}
	if m.has(now) {
		m.part.Cycles++
		if series {
			m.part.count(int((now-m.from)/int64(SeriesStep)), 1)
		}
	}
}
