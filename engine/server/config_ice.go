package server

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/parley-signaling/parley/engine/ice"
)

// checkICE returns a ConfigError for each field about ICE that is wrong. It shows no secret.
func (c Config) checkICE() []error {
	return []error{
		addr("TURNAddr", c.TURNAddr),
		host("TURNPublicHost", c.TURNPublicHost),
		publicIP("TURNPublicIP", c.TURNPublicIP),
		ports("TURNPorts", c.TURNPorts),
		addr("TURNTLSAddr", c.TURNTLSAddr),
		bothFiles("TURNCert", c.TURNCert, "TURNKey", c.TURNKey),
		secret("TURNSecret", c.TURNSecret),
		within("TURNTTL", c.TURNTTL, MinTURNTTL, MaxTURNTTL),
		within("TURNQuota", max(c.TURNQuota, 0), 0, MaxTURNQuota),
		c.external(),
	}
}

func publicIP(field, v string) error {
	if v == "" {
		return nil
	}
	if ip, err := netip.ParseAddr(v); err != nil || !ip.Is4() || ip.IsUnspecified() || ip.IsMulticast() {
		return &ConfigError{field, v, "must be an IPv4 address of one machine"}
	}
	return nil
}

func ports(field, v string) error {
	if v == "" {
		return nil
	}
	if _, _, err := ice.ParsePorts(v); err != nil {
		return &ConfigError{field, v, err.Error()}
	}
	return nil
}

func secret(field, v string) error {
	if v != "" && len(v) < ice.MinSecret {
		return &ConfigError{field, hidden(len(v)), fmt.Sprintf("must have at least %d bytes", ice.MinSecret)}
	}
	return nil
}

// hidden stands for a value that must not be shown, of so many bytes.
type hidden int

func (h hidden) String() string { return fmt.Sprintf("(%d bytes)", int(h)) }

func (c Config) external() error {
	var errs []error
	for _, text := range c.ICEServers {
		e, err := ice.ParseExternal(text)
		switch {
		case err != nil:
			errs = append(errs, &ConfigError{"ICEServers", hidden(len(text)), err.Error()})
		case e.Minted() && c.TURNSecret == "":
			errs = append(errs, &ConfigError{"ICEServers", e.URL,
				"a TURN server needs TURNSecret, which it shares, or user:password@ before its host"})
		}
	}
	return errors.Join(errs...)
}
