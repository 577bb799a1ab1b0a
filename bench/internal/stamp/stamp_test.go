package stamp

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStampsAreFoundAgain(t *testing.T) {
	var r Reader
	for _, s := range []Stamp{{}, {1, 2, 3}, {math.MaxUint32, math.MaxUint32, math.MaxInt64}, {7, 9, 1_700_000_000_000_000_001}} {
		frame := append([]byte(`{"data":"`), s.Append(nil)...)
		frame = append(frame, `xxx"}`...)
		for range 2 { // the second time from memory
			got, at, err := r.Find(frame)
			require.NoError(t, err)
			require.Equal(t, 9, at)
			require.Equal(t, s, got)
		}
	}
}

func TestNoStamp(t *testing.T) {
	var r Reader
	_, at, err := r.Find([]byte(`{"type":"pong"}`))
	require.NoError(t, err)
	require.Equal(t, -1, at)
}

func TestDamagedStamps(t *testing.T) {
	var r Reader
	whole := Stamp{Publisher: 5}.Append(nil)
	require.Len(t, whole, Len)
	_, _, err := r.Find(whole[:Len-1])
	require.ErrorIs(t, err, ErrBad)
	whole[10] = 'x'
	_, _, err = r.Find(whole)
	require.ErrorIs(t, err, ErrBad)
}

func BenchmarkFind(b *testing.B) {
	var r Reader
	frame := append([]byte(`{"type":"event","room":"some-room","seq":123,"from":"abcdef","event":"m","data":"`), Stamp{1, 2, 3}.Append(nil)...)
	b.ReportAllocs()
	for b.Loop() {
		_, _, _ = r.Find(frame)
	}
}
