// Package due queues what is to be done at a time.
package due

import (
	"container/heap"
	"time"
)

// Queue holds items, the one that is due first in front; of those due at the same time, the one
// that was added first. The zero Queue is empty.
type Queue[T any] struct {
	items  items[T]
	serial uint64
}

// Item is something that is due at a time.
type Item[T any] struct {
	What T

	at     time.Time
	serial uint64
	index  int // in the queue; -1: it is in none
}

// Add has what be due at that time.
func (q *Queue[T]) Add(at time.Time, what T) *Item[T] {
	q.serial++
	i := &Item[T]{What: what, at: at, serial: q.serial}
	heap.Push(&q.items, i)
	return i
}

// Remove is false where the item has been popped or removed.
func (q *Queue[T]) Remove(i *Item[T]) bool {
	if i.index < 0 {
		return false
	}
	heap.Remove(&q.items, i.index)
	return true
}

// Pop removes the next item that is due by now; nil: there is none.
func (q *Queue[T]) Pop(now time.Time) *Item[T] {
	if len(q.items) == 0 || q.items[0].at.After(now) {
		return nil
	}
	return heap.Pop(&q.items).(*Item[T])
}

// Next is when the next item is due; zero: there is none.
func (q *Queue[T]) Next() time.Time {
	if len(q.items) == 0 {
		return time.Time{}
	}
	return q.items[0].at
}

// Len counts the items.
func (q *Queue[T]) Len() int { return len(q.items) }

// Clear removes all.
func (q *Queue[T]) Clear() {
	for _, i := range q.items {
		i.index = -1
	}
	q.items = nil
}

// At is when the item is, or was, due.
func (i *Item[T]) At() time.Time { return i.at }

// items are for container/heap.
type items[T any] []*Item[T]

func (h items[T]) Len() int { return len(h) }
func (h items[T]) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].serial < h[j].serial
	}
	return h[i].at.Before(h[j].at)
}
func (h items[T]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *items[T]) Push(x any) {
	i := x.(*Item[T])
	i.index = len(*h)
	*h = append(*h, i)
}
func (h *items[T]) Pop() any {
	last := len(*h) - 1
	i := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	i.index = -1
	return i
}
