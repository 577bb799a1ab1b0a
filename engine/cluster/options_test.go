package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWrongOptionsAreNamed(t *testing.T) {
	good := Options{URLs: []string{"nats://127.0.0.1:4222"}}
	require.NoError(t, good.Validate())
	for field, change := range map[string]func(*Options){
		"Name":                func(o *Options) { o.Name = "a.b" },
		"Node":                func(o *Options) { o.Node = "a b" },
		"Secret":              func(o *Options) { o.Secret = "short-secret" },
		"Embedded":            func(o *Options) { o.Embedded = true },
		"URLs":                func(o *Options) { o.URLs = []string{"http://x"} },
		"Routes":              func(o *Options) { o.Routes = []string{"a:1"} },
		"Listen":              func(o *Options) { *o = Options{Embedded: true, Listen: "6222"} },
		"Key":                 func(o *Options) { o.Cert = "options.go" },
		"Creds":               func(o *Options) { o.Creds = "no such file" },
		"Lease":               func(o *Options) { o.Lease = time.Millisecond },
		"DrainAfter":          func(o *Options) { o.DrainAfter = time.Millisecond },
		"QueueBytes":          func(o *Options) { o.QueueBytes = 5 },
		"Secret: must be set": func(o *Options) { *o = Options{Embedded: true} },
	} {
		o := good
		change(&o)
		_, err := New(o)
		var wrong *OptionError
		require.ErrorAs(t, err, &wrong, field)
		require.ErrorContains(t, err, field)
		require.NotContains(t, err.Error(), "short-secret")
	}
}
