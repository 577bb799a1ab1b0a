package cluster

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"
)

// refused requires that a node is not let in, within patience, and that the error names the field and not what must not be shown.
func refused(t *testing.T, field string, o Options) {
	t.Helper()
	n := newNode(t, "refused", o)
	defer n.end()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := n.Start(ctx, n)
	require.ErrorIs(t, err, ErrNATS)
	var wrong *OptionError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, field, wrong.Field, "%v", err)
	require.NotContains(t, err.Error(), "wrong-password")
	require.Empty(t, n.views)
}

func at(n *natsServer, user string) []string {
	return []string{fmt.Sprintf("nats://%s127.0.0.1:%d", user, n.o.Port)}
}

// file writes a file of the test's own.
func file(t *testing.T, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, text, 0o600))
	return name
}

// user makes an nkey of a user, and the file of its seed.
func userKey(t *testing.T) (pair nkeys.KeyPair, public, seedFile string) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	require.NoError(t, err)
	public, err = pair.PublicKey()
	require.NoError(t, err)
	seed, err := pair.Seed()
	require.NoError(t, err)
	return pair, public, file(t, seed)
}

func TestNATSByUserAndPassword(t *testing.T) {
	s := startNATS(t, func(o *server.Options) { o.Username, o.Password = "parley", "right" })
	begin(t, "a", Options{URLs: at(s, "parley:right@")})
	refused(t, "URLs", Options{URLs: at(s, "parley:wrong-password@")})
	refused(t, "URLs", Options{URLs: at(s, "")})
}

func TestNATSByToken(t *testing.T) {
	s := startNATS(t, func(o *server.Options) { o.Authorization = "right" })
	begin(t, "a", Options{URLs: at(s, "right@")})
	refused(t, "URLs", Options{URLs: at(s, "wrong-password@")})
}

func TestNATSByNKey(t *testing.T) {
	_, public, seed := userKey(t)
	_, _, other := userKey(t)
	s := startNATS(t, func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: public}} })
	begin(t, "a", Options{URLs: at(s, ""), NKey: seed})
	refused(t, "NKey", Options{URLs: at(s, ""), NKey: other})
	refused(t, "URLs", Options{URLs: at(s, "")})
}

// operator is a NATS whose users come with a JWT of an account that its operator has signed.
type operator struct {
	t       *testing.T
	pair    nkeys.KeyPair
	account nkeys.KeyPair
	server  *natsServer
}

func (o *operator) sign(c jwt.Claims, by nkeys.KeyPair) string {
	token, err := c.Encode(by)
	require.NoError(o.t, err)
	return token
}

func newOperator(t *testing.T) *operator {
	o := &operator{t: t}
	var err error
	o.pair, err = nkeys.CreateOperator()
	require.NoError(t, err)
	public, err := o.pair.PublicKey()
	require.NoError(t, err)
	claims, err := jwt.DecodeOperatorClaims(o.sign(jwt.NewOperatorClaims(public), o.pair))
	require.NoError(t, err)
	resolver := &server.MemAccResolver{}
	add := func(jetstream bool) (nkeys.KeyPair, string) {
		pair, err := nkeys.CreateAccount()
		require.NoError(t, err)
		public, err := pair.PublicKey()
		require.NoError(t, err)
		account := jwt.NewAccountClaims(public)
		if jetstream {
			account.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		require.NoError(t, resolver.Store(public, o.sign(account, o.pair)))
		return pair, public
	}
	_, system := add(false)
	o.account, _ = add(true)
	o.server = startNATS(t, func(so *server.Options) {
		so.TrustedOperators, so.AccountResolver, so.SystemAccount = []*jwt.OperatorClaims{claims}, resolver, system
	})
	return o
}

// creds makes a user of an account, and the file of its credentials.
func (o *operator) creds(account nkeys.KeyPair, change func(*jwt.UserClaims)) string {
	pair, public, _ := userKey(o.t)
	claims := jwt.NewUserClaims(public)
	if change != nil {
		change(claims)
	}
	seed, err := pair.Seed()
	require.NoError(o.t, err)
	text, err := jwt.FormatUserConfig(o.sign(claims, account), seed)
	require.NoError(o.t, err)
	return file(o.t, text)
}

func TestNATSByCredentials(t *testing.T) {
	o := newOperator(t)
	begin(t, "a", Options{URLs: at(o.server, ""), Creds: o.creds(o.account, nil)})
	stranger, err := nkeys.CreateAccount()
	require.NoError(t, err)
	refused(t, "Creds", Options{URLs: at(o.server, ""), Creds: o.creds(stranger, nil)})
	refused(t, "URLs", Options{URLs: at(o.server, "")})
	t.Log("a user who may do less than is needed")
	refused(t, "Creds", Options{URLs: at(o.server, ""), Creds: o.creds(o.account, func(c *jwt.UserClaims) {
		c.Permissions.Pub.Allow.Add("parley.>")
	})})
	t.Log("one who may do just that")
	begin(t, "b", Options{URLs: at(o.server, ""), Creds: o.creds(o.account, func(c *jwt.UserClaims) {
		c.Permissions.Pub.Allow.Add("$JS.API.>", "$KV.parley_parley.>", "_INBOX.>", "parley.parley.>")
		c.Permissions.Sub.Allow.Add("_INBOX.>", "parley.parley.>")
	})})
}

func TestNATSOverTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	s := startNATS(t, func(o *server.Options) { o.TLS, o.TLSConfig, o.TLSTimeout = true, ours.server("", false), 5 })
	a := begin(t, "a", Options{URLs: at(s, ""), CA: ours.ca})
	require.True(t, a.nc.TLSRequired())
	refused(t, "CA", Options{URLs: at(s, "")})
	refused(t, "CA", Options{URLs: at(s, ""), CA: theirs.ca})

	elsewhere := startNATS(t, func(o *server.Options) {
		o.TLS, o.TLSConfig, o.TLSTimeout = true, ours.server("nats.invalid", false), 5
	})
	refused(t, "URLs", Options{URLs: at(elsewhere, ""), CA: ours.ca})
	plain := startNATS(t)
	refused(t, "CA", Options{URLs: at(plain, ""), CA: ours.ca})
	refused(t, "URLs", Options{URLs: []string{fmt.Sprintf("tls://127.0.0.1:%d", plain.o.Port)}})
}

func TestNATSOverMutualTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	s := startNATS(t, func(o *server.Options) {
		o.TLS, o.TLSVerify, o.TLSConfig, o.TLSTimeout = true, true, ours.server("", true), 5
	})
	cert, key := ours.issue("node", "node")
	begin(t, "a", Options{URLs: at(s, ""), CA: ours.ca, Cert: cert, Key: key})
	refused(t, "Cert", Options{URLs: at(s, ""), CA: ours.ca})
	cert, key = theirs.issue("node", "node")
	refused(t, "Cert", Options{URLs: at(s, ""), CA: ours.ca, Cert: cert, Key: key})
}

// What is wrong is told also of a NATS that comes only later.
func TestNATSComesLaterAndRefuses(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	for field, change := range map[string]func(*server.Options){
		"URLs": func(o *server.Options) { o.Username, o.Password = "parley", "right" },
		"CA":   func(o *server.Options) { o.TLS, o.TLSConfig, o.TLSTimeout = true, ours.server("", false), 5 },
		"Cert": func(o *server.Options) {
			o.TLS, o.TLSVerify, o.TLSConfig, o.TLSTimeout = true, true, ours.server("", true), 5
		},
	} {
		t.Run(field, func(t *testing.T) {
			s := startNATS(t, change)
			s.stop()
			o := Options{URLs: at(s, "")}
			switch field {
			case "CA":
				o.CA = theirs.ca
			case "Cert":
				o.CA = ours.ca
			}
			n := newNode(t, "early", o)
			defer n.end()
			done := make(chan error, 1)
			go func() { done <- n.Start(t.Context(), n) }()
			require.Eventually(t, func() bool { return n.waiting.Load() != nil }, patience, tick)
			s.start()
			var wrong *OptionError
			require.ErrorAs(t, <-done, &wrong)
			require.Equal(t, field, wrong.Field)
		})
	}
}

// A name that leads nowhere yet, or an address that does not answer, is no wrong setting: they may come.
func TestANATSThatIsNotThereYetIsWaitedFor(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	require.NoError(t, err)
	defer silent.Close()
	s := startNATS(t)
	n := begin(t, "n", Options{URLs: []string{"nats://nobody.invalid:4222", "nats://" + silent.Addr().String(), s.url()}})
	require.Equal(t, s.url(), n.nc.ConnectedUrl())

	m := newNode(t, "m", Options{URLs: []string{"nats://nobody.invalid:4222"}})
	defer m.end()
	done := make(chan error, 1)
	go func() { done <- m.Start(t.Context(), m) }()
	require.Eventually(t, func() bool { return m.waiting.Load() != nil }, patience, tick)
	m.end()
	require.ErrorIs(t, <-done, context.Canceled)
}

// A node that is closed while it still connects ends, and leaves nothing behind.
func TestCloseWhileItConnects(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	n := newNode(t, "n", Options{URLs: []string{"nats://" + silent.Addr().String()}})
	done := make(chan error, 1)
	go func() { done <- n.Start(t.Context(), n) }()
	conn, err := silent.Accept()
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, n.Close(t.Context()))
	require.ErrorIs(t, <-done, context.Canceled)
	select {
	case <-n.Ended():
	default:
		t.Fatal("it has not ended")
	}
}

func TestWrongFilesAreNamed(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	cert, key := ours.issue("node", "node")
	_, otherKey := theirs.issue("node", "node")
	_, _, seed := userKey(t)
	account, err := nkeys.CreateAccount()
	require.NoError(t, err)
	accountSeed, err := account.Seed()
	require.NoError(t, err)
	garbage := file(t, []byte("no such thing"))
	for name, one := range map[string]struct {
		field string
		o     Options
	}{
		"a CA of nothing":           {"CA", Options{CA: garbage}},
		"a key of another":          {"Cert", Options{Cert: cert, Key: otherKey}},
		"no key":                    {"Key", Options{Cert: cert, Key: "no such file"}},
		"a key in the wrong place":  {"Cert", Options{Cert: key, Key: cert}},
		"credentials of nothing":    {"Creds", Options{Creds: garbage}},
		"a seed for credentials":    {"NKey", Options{NKey: garbage}},
		"an account's nkey":         {"NKey", Options{NKey: file(t, accountSeed)}},
		"credentials and an nkey":   {"NKey", Options{Creds: newOperator(t).creds(account, nil), NKey: seed}},
		"credentials that are gone": {"Creds", Options{Creds: filepath.Join(t.TempDir(), "gone")}},
	} {
		one.o.URLs = []string{"nats://127.0.0.1:4222"}
		_, err := New(one.o)
		var wrong *OptionError
		require.ErrorAs(t, err, &wrong, name)
		require.Equal(t, one.field, wrong.Field, "%s: %v", name, err)
		require.NotContains(t, err.Error(), string(accountSeed))
	}
}
