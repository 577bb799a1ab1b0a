package wire

// skipDeepJSON skips the map or list at i, however deep it nests, without recursion: for
// text that is refused for its depth anyway, but in which a request's id may still follow,
// or an error that makes it no JSON at all.
func skipDeepJSON(b []byte, i int) int {
	var open bitStack // the containers around i; true: a map
	var leaf jsonScanner
	leaf.b = b
	for {
		// A value begins at i.
		if i >= len(b) {
			return ^i
		}
		switch c := b[i]; c {
		case '{', '[':
			i = skipSpace(b, i+1)
			if i < len(b) && b[i] == c+2 { // } and ] are two behind { and [
				i++
				break
			}
			open.push(c == '{')
			if c == '{' {
				if i = leaf.key(i); i < 0 {
					return i
				}
			}
			continue
		default:
			if i = leaf.value(i, 0); i < 0 {
				return i
			}
		}
		// A value has ended at i: close what ends with it.
		for {
			if open.n == 0 {
				return i
			}
			i = skipSpace(b, i)
			if i >= len(b) {
				return ^i
			}
			if c := b[i]; c == '}' && open.top() || c == ']' && !open.top() {
				open.n--
				i++
				continue
			}
			break
		}
		if b[i] != ',' {
			return ^i
		}
		i = skipSpace(b, i+1)
		if open.top() {
			if i = leaf.key(i); i < 0 {
				return i
			}
		}
	}
}

// bitStack is a stack of booleans. It costs an eighth of a byte a level, so that a frame of
// MaxMessage brackets costs 8 KiB.
type bitStack struct {
	words []uint64
	n     int
}

func (s *bitStack) push(v bool) {
	if s.n>>6 == len(s.words) {
		s.words = append(s.words, 0)
	}
	bit := uint64(1) << (s.n & 63)
	if v {
		s.words[s.n>>6] |= bit
	} else {
		s.words[s.n>>6] &^= bit
	}
	s.n++
}

func (s *bitStack) top() bool {
	i := s.n - 1
	return s.words[i>>6]>>(i&63)&1 != 0
}
