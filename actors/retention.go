package actors

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// retention bounds what the rooms of a system keep, all together, for members that come back:
// their histories, and the names in the answers that they remember (Options.HistoryBytes).
//
// Each room enters what it keeps at the end of a turn, once that has changed by more than it is
// worth to tell, so that a room in which messages come and go at one size touches nothing shared.
// Where all have too much together, the level falls: the most that one room may keep. It is the
// same for all, so those who keep most lose first, and a room that keeps little loses nothing,
// however many large ones somebody makes. A room above the level lets go of its oldest messages:
// who needs them is told recovered:false.
type retention struct {
	budget int64 // static

	// Shared
	level  atomic.Int64 // bytes that one room may keep
	busy   atomic.Bool  // the level is being found
	_      [64]byte     // the level is read in every turn, and hardly ever written
	total  atomic.Int64 // bytes that rooms have entered
	grown  atomic.Int64 // of them, added since the level was found
	shed   atomic.Uint64
	shards [retentionShards]retentionShard
}

// retentionShard holds a part of the rooms that have entered something, so that rooms do not
// wait for each other.
type retentionShard struct {
	mu    sync.Mutex
	rooms map[*Room]struct{}
}

const (
	retentionShards = 16
	unleveled       = math.MaxInt64

	// What a room keeps may be off what it has entered by this, and an eighth.
	retentionSlack = 1 << 10
)

func (k *retention) init(budget int64) {
	k.budget = budget
	k.level.Store(unleveled)
	for i := range k.shards {
		k.shards[i].rooms = make(map[*Room]struct{})
	}
}

// keeps is what the room holds for those who come back, in bytes of memory.
func (r *Room) keeps() int { return r.history.size() + r.named }

// retain keeps the room within the level, and enters what it keeps.
func (r *Room) retain() {
	k := &r.sys.retention
	n, level := r.keeps(), k.level.Load()
	if int64(n) > level {
		r.shed(int(level))
		n = r.keeps()
	}
	was := int(r.entered.Load())
	slack := retentionSlack + was/8
	if n == was || n != 0 && was-slack <= n && n <= was+slack {
		return
	}
	if n > was && k.total.Load()+int64(n-was) > k.budget { // faster than the level falls
		r.shed(was)
		n = min(r.keeps(), was)
	}
	if k.enter(r, was, n) {
		r.sys.running.Add(1)
		r.sys.options.Go(func() {
			defer r.sys.running.Done()
			k.find()
		})
	}
}

// shed lets go of the oldest until the room keeps no more than limit bytes: of its messages first.
func (r *Room) shed(limit int) {
	r.sys.retention.shed.Add(uint64(r.history.trim(limit - r.named)))
	for _, m := range r.members {
		if r.keeps() <= limit {
			return
		}
		if m.named > 0 {
			r.named += m.forgetAnswers(0)
		}
	}
}

// enter notes that r keeps n bytes, and no longer was. It reports whether the level is to be found.
func (k *retention) enter(r *Room, was, n int) bool {
	r.entered.Store(int64(n))
	if was == 0 || n == 0 {
		s := &k.shards[r.shard]
		s.mu.Lock()
		if n == 0 {
			delete(s.rooms, r)
		} else {
			s.rooms[r] = struct{}{}
		}
		s.mu.Unlock()
	}
	total := k.total.Add(int64(n - was))
	if n < was {
		if total < k.budget/2 && k.level.Load() != unleveled {
			k.level.Store(unleveled)
		}
		return false
	}
	grown := k.grown.Add(int64(n - was))
	return total > k.budget-k.budget/8 && grown > k.budget/16 && !k.busy.Swap(true)
}

// find lowers, or raises, the level to where all rooms together keep three quarters of the
// budget, and has those above it look at it.
func (k *retention) find() {
	defer k.busy.Store(false)
	k.grown.Store(0)
	var sizes []int64
	k.each(func(r *Room) { sizes = append(sizes, r.entered.Load()) })
	level := levelOf(sizes, k.budget-k.budget/4)
	k.level.Store(level)
	k.each(func(r *Room) {
		if r.entered.Load() > level {
			r.box.nudge()
		}
	})
}

func (k *retention) each(f func(*Room)) {
	for i := range k.shards {
		s := &k.shards[i]
		s.mu.Lock()
		for r := range s.rooms {
			f(r)
		}
		s.mu.Unlock()
	}
}

// levelOf is the largest level at which the sizes, each cut at it, come to no more than budget. It
// sorts them.
func levelOf(sizes []int64, budget int64) int64 {
	slices.Sort(sizes)
	for i, size := range sizes {
		if share := budget / int64(len(sizes)-i); size > share {
			return share
		}
		budget -= size
	}
	return unleveled
}
