package tally

// Stream is what one receiver has had of one publisher, whose messages are numbered from 0.
// The zero Stream has had nothing.
type Stream struct {
	next    uint32              // one above the largest number seen
	missing map[uint32]struct{} // below next, not seen
}

// maxLeap bounds the gap that a believable number leaves.
const maxLeap = 1 << 20

// Take notes the arrival of a message and reports whether it is the first of its number.
func (s *Stream) Take(number uint32, t *Tally) bool {
	if number == s.next {
		s.next++
		return true
	}
	if number < s.next {
		return s.late(number, t)
	}
	if number-s.next > maxLeap {
		t.Note(&t.Damaged, "message %d arrived after message %d", number, int64(s.next)-1)
		return false
	}
	if s.missing == nil {
		s.missing = map[uint32]struct{}{}
	}
	for n := s.next; n < number; n++ {
		s.missing[n] = struct{}{}
	}
	s.next = number + 1
	return true
}

// late takes a message after a later one.
func (s *Stream) late(number uint32, t *Tally) bool {
	if _, ok := s.missing[number]; !ok {
		t.Note(&t.Doubled, "message %d arrived twice", number)
		return false
	}
	delete(s.missing, number)
	t.Note(&t.Reordered, "message %d arrived after message %d", number, s.next-1)
	return true
}

// Missing returns how many of the first published messages have not arrived.
func (s *Stream) Missing(published uint32) uint64 {
	n := uint64(len(s.missing))
	if published > s.next {
		n += uint64(published - s.next)
	}
	return n
}

// Abandon is Finish for a stream that was cut off: what had not come behind the last arrival is
// not known to be lost.
func (s *Stream) Abandon(published uint32, t *Tally) {
	s.Finish(min(published, s.next), t)
	s.next = published
}

// Finish counts the missing ones as lost, and messages that nobody published as stray. What
// is settled is not counted again by a later Finish.
func (s *Stream) Finish(published uint32, t *Tally) {
	if n := s.Missing(published); n > 0 {
		t.Lost += n
		t.example("%d of %d messages did not arrive", n, published)
	}
	if s.next > published {
		t.Stray += uint64(s.next - published)
		t.example("message %d arrived, but only %d were published", s.next-1, published)
	}
	s.next, s.missing = published, nil
}
