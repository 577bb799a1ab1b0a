package client_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

// The tests of this file run against the engine itself.

// engine starts one on a free port of loopback and returns the URL of its native endpoint.
func engine(t *testing.T, cfg server.Config) string {
	t.Helper()
	cfg.Addr, cfg.Logger = "127.0.0.1:0", slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := server.New(cfg)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.Shutdown(ctx)
	})
	return s.URL() + "ws"
}

// pair is a room with Ada, its moderator, and Bob, one speaking JSON and the other msgpack.
func pair(t *testing.T) (ada, bob *client.Room) {
	t.Helper()
	url := engine(t, server.Config{})
	ctx := patient(t)
	ada, err := dial(t, url, client.Options{}).Join(ctx, "tea", client.JoinOptions{Profile: "Ada"})
	require.NoError(t, err)
	bob, err = dial(t, url, client.Options{Codec: wire.Msgpack}).Join(ctx, "tea", client.JoinOptions{Profile: "Bob"})
	require.NoError(t, err)
	joined := next[client.MemberChange](t, ada)
	require.Equal(t, wire.ChangeJoined, joined.Change)
	require.Equal(t, "Bob", text(t, joined.Member.Profile))
	return ada, bob
}

func TestTwoMembersTalk(t *testing.T) {
	ctx := patient(t)
	ada, bob := pair(t)
	require.Equal(t, wire.RoleModerator, ada.Self().Role)
	require.Len(t, bob.Members(), 1)
	require.Equal(t, ada.Self().ID, bob.Members()[0].ID)
	require.Less(t, ada.Self().Since, bob.Self().Since)

	type chat struct {
		Text string `json:"text"`
	}
	sent, err := ada.Send(ctx, "chat", chat{"hello"})
	require.NoError(t, err)
	m := next[client.Message](t, bob)
	var heard chat
	require.NoError(t, m.Decode(&heard))
	require.Equal(t, chat{"hello"}, heard)
	require.Equal(t, sent.Seq, m.Seq)
	require.Equal(t, ada.Self().ID, m.From)
	require.Nil(t, m.To)

	sent, err = bob.SendTo(ctx, "whisper", nil, ada.Self().ID, "nobody")
	require.NoError(t, err)
	require.Equal(t, []string{"nobody"}, sent.Missing)
	m = next[client.Message](t, ada)
	require.Equal(t, "whisper", m.Event)
	require.Equal(t, []string{ada.Self().ID, "nobody"}, m.To)
	_, err = bob.SendTo(ctx, "whisper", nil, "nobody")
	require.Equal(t, wire.NoSuchMember, code(t, err))
	_, err = bob.SendTo(ctx, "whisper", nil)
	require.Equal(t, wire.BadRequest, code(t, err))
}

func TestProfilesLocksAndKicks(t *testing.T) {
	ctx := patient(t)
	ada, bob := pair(t)
	require.NoError(t, bob.Update(ctx, "Robert"))
	change := next[client.MemberChange](t, ada)
	require.Equal(t, wire.ChangeUpdated, change.Change)
	require.Equal(t, "Robert", text(t, change.Member.Profile))
	require.Equal(t, "Robert", text(t, bob.Self().Profile))
	m, ok := ada.Member(bob.Self().ID)
	require.True(t, ok)
	require.Equal(t, change.Member, m)

	require.Equal(t, wire.Forbidden, code(t, bob.Lock(ctx, true)))
	require.NoError(t, ada.Lock(ctx, true))
	require.True(t, next[client.RoomChange](t, ada).Locked)
	require.True(t, next[client.RoomChange](t, bob).Locked)
	require.True(t, bob.Locked())

	require.NoError(t, ada.Kick(ctx, bob.Self().ID, "enough"))
	left := next[client.MemberChange](t, ada)
	require.Equal(t, wire.ChangeLeft, left.Change)
	require.Equal(t, "kicked", left.Reason)
	require.Equal(t, &client.EndedError{Code: 4410, Reason: "kicked", Text: "enough"}, over(t, bob))
	require.Empty(t, ada.Members())
	_, err := bob.Send(ctx, "more", nil)
	require.Equal(t, bob.Err(), err)
	require.NoError(t, bob.Leave(ctx), "there is nothing left to leave")
}

func TestTheNextBecomesModerator(t *testing.T) {
	ctx := patient(t)
	ada, bob := pair(t)
	require.NoError(t, ada.Leave(ctx))
	require.ErrorIs(t, over(t, ada), client.ErrLeft)
	left := next[client.MemberChange](t, bob)
	require.Equal(t, wire.ChangeLeft, left.Change)
	require.Equal(t, "leave", left.Reason)
	role := next[client.MemberChange](t, bob)
	require.Equal(t, bob.Self(), role.Member)
	require.Equal(t, wire.RoleModerator, role.Member.Role)
	_, err := ada.Send(ctx, "chat", nil)
	require.ErrorIs(t, err, client.ErrLeft)
}

func TestRefusedJoins(t *testing.T) {
	ctx := patient(t)
	url := engine(t, server.Config{RoomCapacity: 1})
	ada, bob := dial(t, url, client.Options{}), dial(t, url, client.Options{})
	room, err := ada.Join(ctx, "tea", client.JoinOptions{})
	require.NoError(t, err)
	_, err = ada.Join(ctx, "tea", client.JoinOptions{})
	require.Equal(t, wire.AlreadyJoined, code(t, err))
	_, err = bob.Join(ctx, "tea", client.JoinOptions{})
	require.Equal(t, wire.RoomFull, code(t, err))
	_, err = bob.Join(ctx, "", client.JoinOptions{})
	require.Equal(t, wire.BadRequest, code(t, err))
	_, err = bob.Join(ctx, "tea", client.JoinOptions{Profile: make(chan int)})
	require.Error(t, err)

	require.NoError(t, room.Leave(ctx))
	_, err = bob.Join(ctx, "tea", client.JoinOptions{})
	require.NoError(t, err, "the place is free, and the client may try again")
	again, err := ada.Join(ctx, "coffee", client.JoinOptions{})
	require.NoError(t, err)
	require.NotEqual(t, room.Self().ID, again.Self().ID)
}

func TestHiddenMembersAreNotSeen(t *testing.T) {
	ctx := patient(t)
	url := engine(t, server.Config{})
	ada, err := dial(t, url, client.Options{}).Join(ctx, "tea", client.JoinOptions{})
	require.NoError(t, err)
	spy, err := dial(t, url, client.Options{}).Join(ctx, "tea", client.JoinOptions{Hidden: true})
	require.NoError(t, err)
	require.Empty(t, spy.Members())
	require.Empty(t, ada.Members())
	_, err = ada.Send(ctx, "chat", nil)
	require.NoError(t, err)
	require.Equal(t, "chat", next[client.Message](t, spy).Event)
}

func TestCloseLeavesAllRoomsAtOnce(t *testing.T) {
	ctx := patient(t)
	url := engine(t, server.Config{})
	ada, err := dial(t, url, client.Options{}).Join(ctx, "tea", client.JoinOptions{})
	require.NoError(t, err)
	c := dial(t, url, client.Options{})
	bob, err := c.Join(ctx, "tea", client.JoinOptions{})
	require.NoError(t, err)
	next[client.MemberChange](t, ada)
	require.NoError(t, c.Close())
	left := next[client.MemberChange](t, ada)
	require.Equal(t, wire.ChangeLeft, left.Change, "not suspended")
	require.ErrorIs(t, over(t, bob), client.ErrClosed)
	_, err = c.Join(ctx, "tea", client.JoinOptions{})
	require.ErrorIs(t, err, client.ErrClosed)
	require.Equal(t, client.Closed, c.State())
}

func TestDrainedClientsComeBack(t *testing.T) {
	// The second engine has another port, as after a deployment behind a balancer.
	ctx := patient(t)
	first := server.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler), RetryAfter: 1}
	s, err := server.New(first)
	require.NoError(t, err)
	require.NoError(t, s.Start())
	via := newProxy(t, s.Addr().String())
	room, err := dial(t, via.url(), client.Options{}).Join(ctx, "tea", client.JoinOptions{Profile: "Ada"})
	require.NoError(t, err)
	via.to(hostOf(engine(t, server.Config{})))
	require.NoError(t, s.Shutdown(ctx))
	require.ErrorContains(t, next[client.Suspended](t, room).Err, "1001")
	require.False(t, next[client.Resumed](t, room).Same)
	require.Equal(t, client.Gap{Cause: client.NewRoom, Lost: -1}, next[client.Gap](t, room))
	require.Equal(t, "Ada", text(t, room.Self().Profile))
}

func TestDialFailsAtOnceWhereNobodyListens(t *testing.T) {
	_, err := client.Dial(patient(t), "ws://127.0.0.1:1/ws", client.Options{})
	require.ErrorContains(t, err, "refused")
	for _, url := range []string{"", "ftp://a.example", "http://", "::"} {
		_, err := client.Dial(patient(t), url, client.Options{})
		require.Error(t, err, url)
	}
	_, err = client.Dial(patient(t), "ws://127.0.0.1:1", client.Options{Queue: -1})
	require.ErrorContains(t, err, "Queue")
	base := strings.TrimSuffix(engine(t, server.Config{}), "/ws")
	_, err = client.Dial(patient(t), base+"/swoole", client.Options{})
	require.ErrorContains(t, err, "does not speak parley.v1.json")
}
