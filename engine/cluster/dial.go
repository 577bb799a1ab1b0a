package cluster

import (
	"context"
	"net"
	"sync/atomic"
	"time"
)

// natsTimeout is what NATS gets for a connection to be made, for each of its addresses.
const natsTimeout = 2 * time.Second

// dialer connects to NATS. Until the first connection is settled, ctx's end breaks off what is being tried.
type dialer struct {
	ctx     context.Context
	settled atomic.Bool
}

// Dial implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	settled := d.settled.Load()
	ctx := d.ctx
	if settled { // the goodbye is sent after ctx has ended
		ctx = context.WithoutCancel(ctx)
	}
	conn, err := (&net.Dialer{Timeout: natsTimeout}).DialContext(ctx, network, address)
	if err != nil || settled {
		return conn, err
	}
	context.AfterFunc(ctx, func() {
		if !d.settled.Load() {
			conn.Close()
		}
	})
	return conn, nil
}
