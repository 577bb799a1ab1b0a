package actors

// fifo is a queue. The zero fifo is empty; an empty one holds no memory beyond a small array.
type fifo[T any] struct {
	items []T
	head  int // items before it are gone
}

// smallFifo is how many places an empty queue keeps, and how many may be gone before the rest
// moves up.
const smallFifo = 16

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

// at is the i-th oldest.
func (q *fifo[T]) at(i int) *T { return &q.items[q.head+i] }

// pop takes the oldest; the queue must not be empty.
func (q *fifo[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero
	q.head++
	q.compact()
	return v
}

// cut takes the i-th oldest.
func (q *fifo[T]) cut(i int) T {
	if i == 0 {
		return q.pop()
	}
	var zero T
	v := *q.at(i)
	copy(q.items[q.head+i:], q.items[q.head+i+1:])
	q.items[len(q.items)-1] = zero
	q.items = q.items[:len(q.items)-1]
	return v
}

func (q *fifo[T]) compact() {
	switch {
	case q.head == len(q.items) && cap(q.items) > smallFifo:
		q.items, q.head = nil, 0
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head > smallFifo && 2*q.head > len(q.items):
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
}

// remove takes out what is; it does nothing where there is no such thing.
func (q *fifo[T]) remove(is func(T) bool) {
	for i := range q.len() {
		if is(*q.at(i)) {
			q.cut(i)
			return
		}
	}
}
