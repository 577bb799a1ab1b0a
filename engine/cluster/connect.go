package cluster

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// connect reaches NATS, or keeps trying in the background.
func (c *Cluster) connect() error {
	options, err := c.natsOptions()
	if err != nil {
		return err
	}
	url := strings.Join(c.o.URLs, ",")
	if c.o.Embedded {
		if c.embedded, err = startEmbedded(c.o, c.secret, c.log); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(c.embedded.server), nats.UserInfo(embeddedUser, c.embedded.password))
		url = ""
	}
	if c.nc, err = nats.Connect(url, options...); errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) {
		c.nc, err = nats.Connect(url, append(options, nats.RetryOnFailedConnect(true))...) // it may come later
	}
	if err != nil {
		return c.natsError(err)
	}
	if c.bucket, err = newBucket(c.nc, c.o); err != nil {
		return err
	}
	_, err = c.nc.Subscribe(c.subject("news"), func(*nats.Msg) { c.lookAgain() })
	return err
}

func (c *Cluster) natsOptions() ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name("parley " + c.o.Node),
		nats.Timeout(2 * time.Second),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(50*time.Millisecond, 50*time.Millisecond),
		nats.ReconnectBufSize(-1), // links send again what is lost
		nats.PingInterval(max(c.o.Lease/3, 200*time.Millisecond)),
		nats.MaxPingsOutstanding(2),
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				c.log.Warn("NATS is gone", "err", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			c.log.Info("NATS is back", "url", nc.ConnectedUrlRedacted())
			c.again()
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.natsAsync(err) }),
	}
	if c.o.Creds != "" {
		options = append(options, nats.UserCredentials(c.o.Creds))
	}
	if c.o.NKey != "" {
		o, err := nats.NkeyOptionFromSeed(c.o.NKey)
		if err != nil {
			return nil, &OptionError{"NKey", c.o.NKey, err.Error()}
		}
		options = append(options, o)
	}
	if c.o.CA != "" {
		options = append(options, nats.RootCAs(c.o.CA))
	}
	if c.o.Cert != "" {
		options = append(options, nats.ClientCert(c.o.Cert, c.o.Key))
	}
	return options, nil
}

// again has the links look whether what they have under way has been lost.
func (c *Cluster) again() {
	for _, l := range c.links.all() {
		l.hurry()
	}
	c.lookAgain()
}

// natsAsync notes what NATS complains of.
func (c *Cluster) natsAsync(err error) {
	if errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked) || errors.Is(err, nats.ErrAccountAuthExpired) {
		e := c.natsError(err)
		c.refused.CompareAndSwap(nil, &e)
	}
	c.log.Warn("NATS", "err", err)
}

func (c *Cluster) natsError(err error) error { return fmt.Errorf("%w: %w", ErrNATS, err) }

// refusal is why waiting for NATS is no use; nil: it may be.
func (c *Cluster) refusal() error {
	if c.embedded != nil {
		if err := c.embedded.refusal(); err != nil {
			return err
		}
	}
	if e := c.refused.Load(); e != nil {
		return *e
	}
	return nil
}

// replicas of the bucket; 0: three where NATS can give them.
func (c *Cluster) replicas() int {
	if c.embedded == nil {
		return 0
	}
	return c.embedded.replicas
}

// listen receives what is sent to that id, and no more what was sent to the one before.
func (c *Cluster) listen(id string) error {
	if c.inbox != nil {
		_ = c.inbox.Unsubscribe()
	}
	sub, err := c.nc.Subscribe(c.subject("to", id), c.receive)
	if err != nil {
		return err
	}
	c.inbox = sub
	return sub.SetPendingLimits(-1, 2*c.o.QueueBytes)
}

// tell has all nodes look into the bucket.
func (c *Cluster) tell() {
	_ = c.nc.Publish(c.subject("news"), nil) // who does not hear it looks a little later
	c.lookAgain()
}
