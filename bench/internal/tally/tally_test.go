package tally

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStream(t *testing.T) {
	for name, c := range map[string]struct {
		arrivals  []uint32
		published uint32
		want      Tally
	}{
		"nothing published":          {},
		"all in order":               {arrivals: []uint32{0, 1, 2}, published: 3},
		"the first lost":             {arrivals: []uint32{1, 2}, published: 3, want: Tally{Lost: 1}},
		"one in the middle lost":     {arrivals: []uint32{0, 2}, published: 3, want: Tally{Lost: 1}},
		"the last two lost":          {arrivals: []uint32{0}, published: 3, want: Tally{Lost: 2}},
		"all lost":                   {published: 3, want: Tally{Lost: 3}},
		"one doubled":                {arrivals: []uint32{0, 1, 1, 2}, published: 3, want: Tally{Doubled: 1}},
		"doubled much later":         {arrivals: []uint32{0, 1, 2, 0}, published: 3, want: Tally{Doubled: 1}},
		"two swapped":                {arrivals: []uint32{0, 2, 1}, published: 3, want: Tally{Reordered: 1}},
		"reversed":                   {arrivals: []uint32{2, 1, 0}, published: 3, want: Tally{Reordered: 2}},
		"swapped and doubled":        {arrivals: []uint32{1, 0, 0}, published: 2, want: Tally{Reordered: 1, Doubled: 1}},
		"more than were published":   {arrivals: []uint32{0, 1, 2}, published: 2, want: Tally{Stray: 1}},
		"an absurd number":           {arrivals: []uint32{0, 1 << 30, 1}, published: 2, want: Tally{Damaged: 1}},
		"one lost, another reversed": {arrivals: []uint32{0, 4, 3, 1}, published: 5, want: Tally{Lost: 1, Reordered: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			var s Stream
			var got Tally
			for _, n := range c.arrivals {
				s.Take(n, &got)
			}
			s.Finish(c.published, &got)
			require.Equal(t, c.want.Sum() > 0, got.Bad())
			require.Equal(t, c.want.Bad(), len(got.Examples) > 0)
			got.Examples = nil
			require.Equal(t, c.want, got)
			s.Finish(c.published, &got)
			require.Equal(t, c.want.Sum(), got.Sum(), "a second look counts nothing twice")
		})
	}
}

// Of what was cut off, only what later messages have overtaken is lost.
func TestAbandonedStream(t *testing.T) {
	for name, c := range map[string]struct {
		arrivals  []uint32
		published uint32
		want      Tally
	}{
		"nothing came":             {published: 3},
		"the last two did not":     {arrivals: []uint32{0}, published: 3},
		"one in the middle":        {arrivals: []uint32{0, 2}, published: 4, want: Tally{Lost: 1}},
		"more than were published": {arrivals: []uint32{0, 1, 2}, published: 2, want: Tally{Stray: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var s Stream
			var got Tally
			for _, n := range c.arrivals {
				s.Take(n, &got)
			}
			s.Abandon(c.published, &got)
			got.Examples = nil
			require.Equal(t, c.want, got)
			require.True(t, s.Take(c.published, &got), "the next one's number")
			require.Equal(t, c.want, got)
		})
	}
}

func TestAdd(t *testing.T) {
	sum := Tally{Lost: 1}
	sum.Add(Tally{Lost: 1, Doubled: 2, Reordered: 3, Stray: 4, Damaged: 5, Examples: []string{"a%b"}})
	require.Equal(t, Tally{Lost: 2, Doubled: 2, Reordered: 3, Stray: 4, Damaged: 5, Examples: []string{"a%b"}}, sum)
	require.Equal(t, "2 lost, 2 doubled, 3 reordered, 4 stray, 5 damaged", sum.String())
}
