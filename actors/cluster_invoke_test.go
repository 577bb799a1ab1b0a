package actors_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/clustertest"
)

// TestAnInvokeWaitsForItsRoom: as long as it is on its way, it is not asked for again and again.
func TestAnInvokeWaitsForItsRoom(t *testing.T) {
	cluster(t, 3, probe, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3")
		from, to := r.nodes[0], r.nodes[1]
		b := r.visitor(1, room)
		r.net.Stall(from, to, true)
		r.net.Leave(from)
		synctest.Wait()
		done := make(chan error, 2)
		invoke := func(n *clustertest.Node) {
			_, err := n.System.Invoke(r.Context(), "", room, "probe", nil)
			done <- err
		}
		go invoke(to)
		go invoke(r.nodes[2])
		time.Sleep(time.Second)
		require.Empty(r, done)
		r.net.Stall(from, to, false)
		require.NoError(r, <-done)
		require.NoError(r, <-done)
		b.line.Drop()
	})
}

// TestAnInvokeWaitsInVain: the node that the room was to come to is in no cluster any more.
func TestAnInvokeWaitsInVain(t *testing.T) {
	cluster(t, 2, probe, func(r *many) {
		room := r.taken("node-2", "node-1", "node-2", "node-3")
		from, to := r.nodes[0], r.nodes[1]
		b := r.visitor(1, room)
		r.net.Stall(from, to, true)
		r.net.Leave(from)
		synctest.Wait()
		done := make(chan error)
		go func() {
			_, err := to.System.Invoke(r.Context(), "", room, "probe", nil)
			done <- err
		}()
		synctest.Wait()
		r.net.Silence(to)
		r.net.Expire(to)
		require.ErrorContains(r, <-done, "the cluster is not there")
		b.line.Drop()
	})
}

// TestAnInvokeFailsItsRoom: it is told so, and so is another one that waits behind it.
func TestAnInvokeFailsItsRoom(t *testing.T) {
	free := make(chan struct{})
	prepare := func(_ int, sys *actors.System) {
		sys.Handle("", "fail", func(*actors.Room, []byte) ([]byte, error) { <-free; panic("no") })
		sys.Handle("", "late", func(room *actors.Room, _ []byte) ([]byte, error) { return nil, nil })
	}
	cluster(t, 2, prepare, func(r *many) {
		free = make(chan struct{})
		room := r.taken("node-2", "node-1", "node-2")
		done := make(chan error, 4)
		for _, name := range []string{"fail", "late"} {
			for _, n := range r.nodes {
				go func() {
					_, err := n.System.Invoke(r.Context(), "", room, name, nil)
					done <- err
				}()
				synctest.Wait()
			}
		}
		close(free)
		for range 4 {
			require.ErrorIs(r, <-done, actors.ErrFailed)
		}
		require.EqualValues(r, 1, r.nodes[0].System.Stats().Panics)
	})
}
