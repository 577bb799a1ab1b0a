package actors_test

import (
	"sync"

	"github.com/parley-signaling/parley/actors"
)

// gate is a Scheduler that can hold its tasks back.
type gate struct {
	mu    sync.Mutex
	shut  bool
	tasks []actors.Task
}

func (g *gate) Schedule(t actors.Task) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		g.tasks = append(g.tasks, t)
		return
	}
	go t.Run()
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	for _, t := range g.tasks {
		go t.Run()
	}
	g.tasks = nil
}
