package actors

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

// minted is Options.ICE of a server whose credentials name when they run out.
func minted(ttl time.Duration, asked *atomic.Int64) func(room, member string) (wire.Value, time.Duration) {
	return func(room, member string) (wire.Value, time.Duration) {
		asked.Add(1)
		list := fmt.Sprintf(`[{"urls":"turn:x","username":"%d:%s"}]`, time.Now().Add(ttl).Unix(), member)
		return wire.Value{Codec: wire.JSON, Bytes: []byte(list)}, ttl
	}
}

// runsOut is when the credentials in a message do, which must be member's own.
func runsOut(t *testing.T, m object, member string) time.Time {
	t.Helper()
	var unix int64
	var user string
	name := m["ice"].([]any)[0].(object)["username"].(string)
	_, err := fmt.Sscanf(name, "%d:%s", &unix, &user)
	require.NoError(t, err)
	require.Equal(t, member, user)
	return time.Unix(unix, 0)
}

func TestCredentialsAreRenewedBeforeTheyRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ttl, rooms = 10 * time.Minute, 40
		var asked atomic.Int64
		r := newRig(t, Options{ICE: minted(ttl, &asked)})
		clients, ids, until := make([]*client, rooms), make([]string, rooms), make([]time.Time, rooms)
		for i := range clients {
			time.Sleep(time.Second)
			clients[i] = r.connect()
			j := clients[i].join(fmt.Sprint("room ", i), "")
			require.EqualValues(t, ttl.Seconds(), j["iceTTL"])
			ids[i] = j["self"].(object)["member"].(string)
			until[i] = runsOut(t, j, ids[i])
		}
		renewed := 0
		for range 60 {
			time.Sleep(time.Minute)
			synctest.Wait()
			for i, c := range clients {
				for _, m := range c.hear() {
					require.Equal(t, "ice", m["type"])
					require.EqualValues(t, ttl.Seconds(), m["iceTTL"])
					until[i] = runsOut(t, m, ids[i])
					renewed++
				}
				require.GreaterOrEqual(t, time.Until(until[i]), ttl/2-2*time.Minute, "client %d", i)
			}
		}
		require.InDelta(t, rooms*12, renewed, rooms, "once in half of the time that credentials live")
	})
}

func TestBigRoomIsRenewedATurnsWorthAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ttl, members = time.Hour, 3*renewalsPerTurn + 10
		var asked atomic.Int64
		r := newRig(t, Options{ICE: minted(ttl, &asked)})
		clients := make([]*client, members)
		for i := range clients {
			clients[i] = r.connect()
			clients[i].join("den", `,"presence":false`)
		}
		require.EqualValues(t, members, asked.Swap(0))
		time.Sleep(ttl / 2)
		synctest.Wait()
		turns := 0
		for task := r.next(); task != nil; task = r.next() {
			task.Run()
			turns++
			require.LessOrEqual(t, asked.Swap(0), int64(renewalsPerTurn))
		}
		require.Equal(t, 4, turns)
		for _, c := range clients {
			require.Equal(t, "ice", c.hearOne()["type"])
		}
	})
}

func TestSuspendedMembersAreToldAsTheyResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		r := newRig(t, Options{ICE: minted(time.Minute, &asked), Linger: time.Hour})
		ada, bob := r.connect(), r.connect()
		self := ada.join("den", "")["self"].(object)
		bob.join("den", "")
		ada.conn.Ended(false)
		r.settle()
		asked.Store(0)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		r.settle()
		require.EqualValues(t, 1, asked.Load(), "nobody is there to hear it")
		again := r.connect()
		j := again.join("den", fmt.Sprintf(`,"resume":{"member":%q,"key":%q,"epoch":"x","seq":0}`, self["member"], self["key"]))
		require.Equal(t, time.Minute, time.Until(runsOut(t, j, self["member"].(string))))
	})
}

func TestWhatNeverRunsOutIsNotRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		r := newRig(t, Options{ICE: minted(0, &asked)})
		c := r.connect()
		c.join("den", "")
		require.Nil(t, r.sys.renewals.timer)
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		require.Empty(t, c.hear())
		require.EqualValues(t, 1, asked.Load())
	})
}

func TestShorterLivesAreRenewedSooner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ttl := 24 * time.Hour
		var asked atomic.Int64
		r := newRig(t, Options{ICE: func(room, member string) (wire.Value, time.Duration) {
			return minted(ttl, &asked)(room, member)
		}})
		c := r.connect()
		c.join("den", "")
		ttl = time.Minute
		c2 := r.connect()
		c2.join("other den", "")
		time.Sleep(ttl / 2)
		synctest.Wait()
		require.NotEmpty(t, c.hear())
		require.Equal(t, "ice", c2.hearOne()["type"])
	})
}

func TestClosedSystemRenewsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		r := newRig(t, Options{ICE: minted(time.Minute, &asked)})
		c := r.connect()
		c.join("den", "")
		closed := make(chan error)
		go func() { closed <- r.sys.Close(context.Background()) }()
		synctest.Wait()
		r.settle()
		require.NoError(t, <-closed)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.EqualValues(t, 1, asked.Load())
	})
}
