package quota

import (
	"time"

	"golang.org/x/time/rate"
)

// maxBuckets is how many addresses are remembered at least, and half of how many at most: of a
// flood from more than that, some begin anew. A bucket has about 130 bytes.
const maxBuckets = 32 << 10

// buckets are the token buckets of the addresses that were heard of lately, in two generations.
// One that is asked for comes into the young one. After each burst the young one becomes the
// old one, and what was old is forgotten: nobody has asked for it since, so it is full again.
type buckets struct {
	perSecond  int // 0: no bound
	young, old map[Key]*rate.Limiter
	turned     time.Time
}

func newBuckets(perSecond int) buckets {
	return buckets{perSecond: perSecond, young: map[Key]*rate.Limiter{}}
}

// take is false where k's bucket is empty.
func (b *buckets) take(k Key, now time.Time) bool {
	if k <= Proxied || b.perSecond <= 0 {
		return true
	}
	if now.Sub(b.turned) >= burst || len(b.young) >= maxBuckets {
		b.turn(now)
	}
	l := b.young[k]
	if l == nil {
		if l = b.old[k]; l == nil {
			l = rate.NewLimiter(rate.Limit(b.perSecond), atOnce(b.perSecond))
		}
		b.young[k] = l
	}
	return l.AllowN(now, 1)
}

func (b *buckets) turn(now time.Time) {
	b.old = b.young
	if now.Sub(b.turned) >= 2*burst {
		b.old = nil
	}
	b.young, b.turned = map[Key]*rate.Limiter{}, now
}
