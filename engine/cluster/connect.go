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
	dial := &dialer{ctx: c.life}
	c.nc, err = nats.Connect(url, append(options, nats.SetCustomDialer(dial))...)
	dial.settled.Store(true)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNATS, err)
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
		nats.Timeout(natsTimeout),
		nats.RetryOnFailedConnect(true), // it may come later
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(50*time.Millisecond, 50*time.Millisecond),
		nats.ReconnectBufSize(-1), // links send again what is lost
		nats.PingInterval(max(c.o.Lease/3, 200*time.Millisecond)),
		nats.MaxPingsOutstanding(2),
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			c.held.end() // whoever is there when it is back may have lost all data: the lease is to be renewed first
			if err != nil {
				c.log.Warn("NATS is gone", "err", err)
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) { c.again() }),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			c.log.Info("NATS is back", "url", nc.ConnectedUrlRedacted())
			c.again()
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.unreachable(err) }),
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
	if c.o.Embedded { // CA, Cert and Key are for its peers
		return options, nil
	}
	if c.o.CA != "" {
		options = append(options, nats.RootCAs(c.o.CA))
	}
	if c.o.Cert != "" {
		options = append(options, nats.ClientCert(c.o.Cert, c.o.Key))
	}
	return options, nil
}

// again renews the lease, and has the links look whether what they have under way has been lost.
func (c *Cluster) again() {
	c.refused.Store(nil)
	c.mu.Lock()
	if c.member != nil {
		c.member.hurry()
	}
	c.mu.Unlock()
	for _, l := range c.links.all() {
		l.hurry()
	}
	c.lookAgain()
}

// natsAsync notes what NATS complains of.
func (c *Cluster) natsAsync(err error) {
	if !errors.Is(err, nats.ErrSlowConsumer) {
		c.unreachable(err)
	}
	c.log.Warn("NATS", "err", err)
}

// unreachable notes why NATS is not reached, where that is this node's own fault.
func (c *Cluster) unreachable(err error) {
	if err == nil {
		return
	}
	c.unreached.Store(&err)
	if e := c.o.refusedBy(err); e != nil {
		c.refused.Store(&e)
	}
}

// refusal is why waiting for NATS is no use; nil: it may be. Who has been in the cluster goes on trying: it was let in.
func (c *Cluster) refusal() error {
	select {
	case <-c.first:
		return nil
	default:
	}
	if !c.nc.IsConnected() {
		c.unreachable(c.nc.LastError()) // nobody else tells of a handshake that has failed
	}
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
