package roomtest

import (
	"errors"
	"strings"

	"github.com/stretchr/testify/require"
)

// slowReader needs lines that can stall, and a bounded Queue.
func slowReader(w *World) {
	a, b, _, jb := pair(w)
	c := w.Peer()
	jc := c.Join("r")
	a.Expect("member")
	b.Expect("member")
	slow, ok := b.conn.line.(Staller)
	if !ok || w.Queue == 0 {
		w.Skip("this target's lines cannot stall")
	}
	slow.Stall(true)
	suspended, end := pourInto(w, a, c, jb.Member())
	slow.Stall(false)
	require.NoError(w, w.Settle(func() error {
		if _, _, ended, _ := b.conn.heard(); !ended {
			return errors.New("it is not closed")
		}
		return nil
	}))
	if suspended == 0 { // where the socket had to drain first
		suspended = a.Expect("member", "change", "suspended", "member", jb.Member()).Seq()
		c.Expect("member", "change", "suspended")
	}
	msgs, code, _, _ := b.conn.heard()
	require.Equal(w, 4429, code)
	last := jc.Seq()
	for _, m := range msgs {
		if m.numbered() { // a beginning of what there was
			require.Equal(w, last+1, m.Seq())
			last = m.Seq()
		}
	}
	require.Less(w, last, end)
	back := w.Peer()
	j := back.Join("r", "resume", jb.Resume(last))
	require.Equal(w, jb.Member(), j.Member())
	if (end-last)*int64(pourSize+1000) < 1<<20 {
		require.Equal(w, true, j["recovered"])
	}
	for seq := last + 1; seq <= end && j["recovered"] == true; seq++ {
		if seq != suspended {
			back.Expect("event", "seq", seq)
		}
	}
	back.Quiet()
}

const pourSize = 16 << 10

// pourInto sends more than somebody who does not read may have waiting, from a to all, while
// c keeps up; it returns the number of the suspension, if it was told of one, and the last.
func pourInto(w *World, a, c *Peer, slow string) (suspended, end int64) {
	w.Helper()
	big := strings.Repeat("x", pourSize)
	for sent := 0; suspended == 0 && sent < 2*w.Queue+w.Deep; sent += pourSize {
		a.Do("send", "room", "r", "event", "e", "data", big, "id", sent+1)
		m := a.Next()
		for ; m.Type() == "member"; m = a.Next() {
			require.Equal(w, "suspended", m["change"])
			require.Equal(w, slow, m["member"])
			suspended = m.Seq()
		}
		require.Equal(w, "ok", m.Type())
		end = m.Seq()
		if m = c.Next(); m.Type() == "member" {
			m = c.Next()
		}
		require.Equal(w, big, m["data"]) // nobody else is slowed
	}
	return suspended, end
}
