package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/engine/token"
)

func TestMint(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	t.Setenv("PARLEY_TOKEN_SECRET", secret)
	var out, complaints bytes.Buffer
	args := []string{"token", "--room=class-*", "--sub=ann", "--role=observer", "--aud=parley", "--capacity=3"}
	require.Equal(t, exitDrained, run(args, &out, &complaints), "%s", complaints.String())
	v, err := token.New(t.Context(), token.Options{Secret: secret, Audience: "parley"})
	require.NoError(t, err)
	g, err := v.Verify(strings.TrimSpace(out.String()), "class-1")
	require.NoError(t, err)
	require.Equal(t, []any{"ann", wire.RoleObserver, 3}, []any{g.Subject, g.Role, g.Capacity})

	for problem, wrong := range map[string]string{
		"--sub": "token --room=r", "--role": "token --room=r --sub=a --role=king", "--ttl": "token --room=r --sub=a --ttl=-1s",
		`"["`: "token --room=[ --sub=a", "at least 32": "token --room=r --sub=a --token-secret=short",
	} {
		out.Reset()
		complaints.Reset()
		require.Equal(t, exitSetting, run(strings.Fields(wrong), &out, &complaints), wrong)
		require.Contains(t, complaints.String(), problem)
		require.NotContains(t, complaints.String(), secret)
		require.Empty(t, out.String())
	}
}
