package metrics

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-signaling/parley/actors"
)

// family is one metric, with one series or several.
type family struct {
	desc    *prometheus.Desc
	collect func(*numbers, chan<- prometheus.Metric)
}

// single is a family of one series.
func single[T int | uint64 | bool](kind prometheus.ValueType, name, help string, value func(*numbers) T) family {
	desc := prometheus.NewDesc(name, help, nil, nil)
	return family{desc, func(n *numbers, to chan<- prometheus.Metric) {
		to <- prometheus.MustNewConstMetric(desc, kind, number(value(n)))
	}}
}

func number(v any) float64 {
	switch v := v.(type) {
	case int:
		return float64(v)
	case uint64:
		return float64(v)
	case bool:
		if v {
			return 1
		}
	}
	return 0
}

// labelled is a family with one label; its values are told one by one.
func labelled(kind prometheus.ValueType, name, help, label string, each func(n *numbers, tell func(label string, v float64))) family {
	desc := prometheus.NewDesc(name, help, []string{label}, nil)
	return family{desc, func(n *numbers, to chan<- prometheus.Metric) {
		each(n, func(of string, v float64) {
			to <- prometheus.MustNewConstMetric(desc, kind, v, of)
		})
	}}
}

// enumerated is a counter for each of a closed set of reasons: all of them are shown from the
// start, so that a first occurrence is a rise.
func enumerated[E interface {
	~uint8
	fmt.Stringer
}](name, help, label string, counts func(*numbers) []uint64) family {
	return labelled(prometheus.CounterValue, name, help, label, func(n *numbers, tell func(string, float64)) {
		for i, v := range counts(n) {
			tell(E(i).String(), float64(v))
		}
	})
}

// histogram is a family of durations.
func histogram(name, help, label string, each func(n *numbers, tell func(label string, d *actors.Durations))) family {
	desc := prometheus.NewDesc(name, help, []string{label}, nil)
	return family{desc, func(n *numbers, to chan<- prometheus.Metric) {
		each(n, func(of string, d *actors.Durations) {
			buckets := make(map[float64]uint64, actors.DurationBuckets)
			total := uint64(0)
			for i, count := range d.Counts {
				total += count
				if i < actors.DurationBuckets {
					buckets[actors.DurationBound(i).Seconds()] = total
				}
			}
			to <- prometheus.MustNewConstHistogram(desc, total, d.Sum.Seconds(), buckets, of)
		})
	}}
}
