package hist

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuantiles(t *testing.T) {
	var h Hist
	require.Zero(t, h.At(50))
	for i := 1; i <= 1000; i++ {
		h.Record(int64(time.Duration(i) * time.Millisecond))
	}
	require.EqualValues(t, 1000, h.Count())
	require.InEpsilon(t, float64(500*time.Millisecond), float64(h.At(50)), 0.002)
	require.InEpsilon(t, float64(990*time.Millisecond), float64(h.At(99)), 0.002)
	require.InEpsilon(t, float64(time.Second), float64(h.Max()), 0.002)
	require.InEpsilon(t, float64(time.Millisecond), float64(h.Min()), 0.002)
	require.InEpsilon(t, float64(500*time.Millisecond), float64(h.Mean()), 0.01)
}

func TestOutOfRangeIsClamped(t *testing.T) {
	var h Hist
	h.Record(-5)
	h.Record(int64(time.Hour))
	require.EqualValues(t, 2, h.Count())
	require.InEpsilon(t, float64(10*time.Minute), float64(h.Max()), 0.002)
}

func TestJSONRoundTripAndMerge(t *testing.T) {
	var a, sum Hist
	for i := range 5000 {
		a.Record(int64(i * i * 1000))
	}
	b, err := json.Marshal(&a)
	require.NoError(t, err)
	var back Hist
	require.NoError(t, json.Unmarshal(b, &back))
	sum.Merge(&back)
	sum.Merge(&a)
	sum.Merge(&Hist{})
	require.Equal(t, 2*a.Count(), sum.Count())
	for _, q := range []float64{1, 50, 99, 99.9, 100} {
		require.Equal(t, a.At(q), back.At(q))
		require.Equal(t, a.At(q), sum.At(q))
	}
	b, err = json.Marshal(&Hist{})
	require.NoError(t, err)
	require.Equal(t, "null", string(b))
	require.NoError(t, json.Unmarshal(b, &back))
	require.Zero(t, back.Count())
	require.Error(t, json.Unmarshal([]byte(`"!"`), &back))
}
