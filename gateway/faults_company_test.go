package gateway_test

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-signaling/parley/actors/roomtest"
)

// company is the room that healthy clients share with villains.
const company = "company"

// lastID is of a talker's last request.
const lastID int64 = 1 << 40

// talkers are healthy clients who tell each other numbers, and check what they hear.
type talkers struct {
	all  []*talker
	stop chan struct{}
	wait sync.WaitGroup

	// Guarded by mu
	mu   sync.Mutex
	said map[int64]string // what each seq was, to whoever heard of it
}

type talker struct {
	*raw
	name   string
	seq    int64
	next   map[string]int64 // number, by talker
	roster map[string]bool
	sent   int64
	err    error
}

// talk has n of them meet and begin.
func talk(addr string, n int) (*talkers, error) {
	ts := &talkers{stop: make(chan struct{}), said: map[int64]string{}}
	for i := range n {
		r, err := dialRaw(addr, "/ws")
		if err != nil {
			return ts, err
		}
		t := &talker{raw: r, name: fmt.Sprint("talker ", i), next: map[string]int64{}, roster: map[string]bool{}}
		ts.all = append(ts.all, t)
		m, err := r.join(company)
		if err != nil {
			return ts, err
		}
		t.seq = m.Seq()
		for _, line := range m["members"].([]any) {
			t.roster[line.(map[string]any)["member"].(string)] = true
		}
		t.roster[m.Member()] = true
	}
	for _, t := range ts.all {
		heard := make(chan struct{}, 1)
		ts.wait.Go(func() { t.err = ts.listen(t, heard) })
		ts.wait.Go(func() { ts.speak(t, heard) })
	}
	return ts, nil
}

// speak sends the next number when the last one has been answered, and so to the end.
func (ts *talkers) speak(t *talker, answered <-chan struct{}) {
	for {
		t.sent++
		if t.say("send", "room", company, "event", "number", "id", t.sent, "data", map[string]any{"of": t.name, "n": t.sent}) != nil {
			return // the listener knows why
		}
		if _, ok := <-answered; !ok {
			return
		}
		select {
		case <-ts.stop:
			_ = t.say("send", "room", company, "event", "over", "id", lastID, "data", t.name)
			return
		case <-time.After(2 * time.Millisecond): // or they would be the flood
		}
	}
}

// listen checks all that comes, until everybody has said that it is over.
func (ts *talkers) listen(t *talker, answered chan<- struct{}) error {
	defer close(answered)
	for over := 0; over < len(ts.all); {
		m, err := t.raw.next()
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if m.Type() == "ok" && m["id"] != lastID {
			answered <- struct{}{}
		}
		if err := ts.hear(t, m); err != nil {
			return fmt.Errorf("%s: %w: %v", t.name, err, m)
		}
		if m["event"] == "over" || m["id"] == lastID {
			over++
		}
	}
	return nil
}

func (ts *talkers) hear(t *talker, m roomtest.Msg) error {
	if seq := m.Seq(); seq != 0 {
		if seq <= t.seq {
			return fmt.Errorf("number %d after %d", seq, t.seq)
		}
		t.seq = seq
	}
	switch m.Type() {
	case "ok", "room":
	case "event":
		if err := ts.same(m); err != nil || m["event"] != "number" {
			return err
		}
		data := m["data"].(map[string]any)
		of, n := data["of"].(string), data["n"].(int64)
		if t.next[of]++; n != t.next[of] {
			return fmt.Errorf("number %d of %s, want %d", n, of, t.next[of])
		}
	case "member":
		return t.follow(m)
	default:
		return errors.New("nobody asked for that")
	}
	return nil
}

// same: whoever hears of a seq hears the same.
func (ts *talkers) same(m roomtest.Msg) error {
	is := fmt.Sprint(m["from"], m["event"], m["data"])
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if was, ok := ts.said[m.Seq()]; ok && was != is {
		return fmt.Errorf("to another one it was %s", was)
	}
	ts.said[m.Seq()] = is
	return nil
}

// follow keeps the roster: nobody comes twice, and only who is there goes.
func (t *talker) follow(m roomtest.Msg) error {
	id := m["member"].(string)
	if there := t.roster[id]; there == (m["change"] == "joined") {
		return fmt.Errorf("that one is there: %v", there)
	}
	switch m["change"] {
	case "joined":
		t.roster[id] = true
	case "left":
		delete(t.roster, id)
	}
	return nil
}

// end waits for all to have heard all, and compares.
func (ts *talkers) end() error {
	close(ts.stop)
	ts.wait.Wait()
	for _, t := range ts.all {
		if t.err != nil {
			return t.err
		}
		for _, other := range ts.all {
			if other != t && t.next[other.name] != other.sent {
				return fmt.Errorf("%s heard %d of %d by %s", t.name, t.next[other.name], other.sent, other.name)
			}
		}
	}
	return nil
}

// close ends the connections in good order.
func (ts *talkers) close() {
	for _, t := range ts.all {
		_ = t.raw.Close()
	}
}
