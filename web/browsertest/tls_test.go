package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/security"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/engine/certificate/certificatetest"
	"github.com/parley-signaling/parley/engine/server"
)

// The page joins over wss, and the dashboard lives over https, under their own policies.
func TestOverTLS(t *testing.T) {
	cert, key := certificatetest.Write(t, t.TempDir(), "signal.example")
	s := engine(t, "127.0.0.1:0", func(c *server.Config) {
		c.TLSCert, c.TLSKey = cert, key
		c.AdminAddr, c.AdminToken = "127.0.0.1:0", adminToken
		c.AdminTLSCert, c.AdminTLSKey = cert, key
	})
	c := everyday(t)
	ada := c.person(t, "ada", true)
	ada.run(security.SetIgnoreCertificateErrors(true)) // it signs for itself
	ada.watchConsole()
	ada.join(s.URL() + "?room=den")
	require.Equal(t, "https:", eval[string](ada, `location.protocol`))

	bob := c.person(t, "bob", false)
	bob.run(security.SetIgnoreCertificateErrors(true))
	bob.watchConsole()
	bob.signIn("https://" + s.AdminAddr().String() + "/dashboard/")
	bob.figure(1, "1")
	bob.figure(2, "1")
	bob.until(`document.querySelectorAll('#map .room').length === 1`)
}
