package web

import "bytes"

// withoutComments empties the lines of a script that are comment from their first character
// to their last: more than a third of what would travel is JSDoc. Lines keep their numbers,
// and everything else its place, so a stack trace still leads into the sources.
//
// It knows no JavaScript. A test has it that no string of ours looks like such a line.
func withoutComments(script []byte) []byte {
	var out []byte
	inside := false
	for line := range bytes.Lines(script) {
		text := bytes.TrimSpace(line)
		begins := bytes.HasPrefix(text, []byte("/*"))
		if inside || begins {
			end := bytes.Index(text, []byte("*/"))
			inside = end < 0
			if inside || end == len(text)-2 {
				line = []byte("\n")
			}
		} else if bytes.HasPrefix(text, []byte("//")) {
			line = []byte("\n")
		}
		out = append(out, line...)
	}
	return out
}
