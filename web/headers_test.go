package web

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever can be a document has a policy that lets it run what is the engine's own and no more.
func TestEveryDocumentHasAStrictPolicy(t *testing.T) {
	documents := 0
	for path, file := range served {
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		h := w.Header()
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		if !strings.Contains(file.contentType, "html") && !strings.Contains(file.contentType, "svg") {
			continue
		}
		documents++
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors"} {
			require.Contains(t, policy, want, path)
		}
		require.NotContains(t, policy, "unsafe", path)
		require.NotContains(t, policy, "data:", path)
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"), path)
		require.Contains(t, h.Get("Permissions-Policy"), "camera=(self)", path)
		if strings.Contains(file.contentType, "html") {
			require.NotRegexp(t, `<script>|<script [^>]*[^/]>\s*\S+\s*</script>|<style|\son[a-z]+=|\sstyle=`, string(file.body), path)
		}
	}
	require.Greater(t, documents, 2)
}
