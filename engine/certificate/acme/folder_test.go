package acme

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/acme/autocert"
)

func TestEachAuthorityHasAFolder(t *testing.T) {
	for directory, want := range map[string]string{
		LetsEncrypt: "acme-v02.api.letsencrypt.org_directory", "https://ca:9000/../../etc/": "ca_9000_.._.._etc", "https://../": "",
	} {
		require.Equal(t, want, folderOf(directory))
	}
}

// autocert sets its timers anew for ever: a renewal that asks a closed cache ends there, its
// deferred calls made.
func TestAClosedCacheEndsRenewals(t *testing.T) {
	f, err := openFolder(t.TempDir(), LetsEncrypt, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	_, err = f.Get(t.Context(), "signal.example")
	require.ErrorIs(t, err, autocert.ErrCacheMiss)
	f.close()
	went, unlocked := false, make(chan struct{})
	go func() {
		defer close(unlocked)
		_, _ = f.Get(t.Context(), "signal.example")
		went = true
	}()
	<-unlocked
	require.False(t, went)
	require.ErrorIs(t, f.Put(t.Context(), "signal.example", nil), errClosed)
}
