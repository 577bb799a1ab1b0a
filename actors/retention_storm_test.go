package actors_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/roomtest"
	"github.com/parley-signaling/parley/actors/wire"
)

// Rooms that grow, let go and end on goroutines of their own, while it is found out who is to let
// go, stay within the memory for all, and leave nothing on the account.
func TestRoomsShareTheHistoryAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const budget = 1 << 20
		sys, err := actors.NewSystem(actors.Options{HistoryBytes: budget, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		var clients sync.WaitGroup
		for i := range 8 {
			clients.Go(func() {
				line := roomtest.NewLine(sys, wire.JSON, uint64(i))
				for room := range 8 {
					name := fmt.Sprint(i, "-", room)
					line.Send(wire.AppendRequest(nil, wire.JSON, &wire.Request{Kind: wire.KindJoin, Room: name, ID: 1}))
					for range 30 {
						line.Send(wire.AppendRequest(nil, wire.JSON, &wire.Request{
							Kind: wire.KindSend, Room: name, Event: "e", Data: text(strings.Repeat("x", 1000*(room+1))),
						}))
						if kept := sys.Stats().HistoryBytes; kept > budget+8*(64<<10) { // what turns at one moment may add
							t.Errorf("rooms keep %d bytes, at most %d", kept, budget)
						}
					}
				}
				line.Drop()
			})
		}
		clients.Wait()
		synctest.Wait()
		require.Positive(t, sys.Stats().HistoryShed)
		require.Positive(t, sys.Stats().HistoryBytes, "they linger")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Zero(t, sys.Stats().Rooms)
		require.Zero(t, sys.Stats().HistoryBytes)
		require.NoError(t, sys.Close(t.Context()))
	})
}
