//go:build !linux

package client

import "github.com/parley-signaling/parley/gateway/poll"

func newAlarm(p *poll.Poller) (alarm, error) { return newWaker(p), nil }
