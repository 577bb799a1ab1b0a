package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
	"github.com/golang-jwt/jwt/v5"

	"github.com/parley-signaling/parley/engine/token"
)

// minting is the flags of "engine token".
type minting struct {
	TokenSecret string        `required:"" env:"PARLEY_TOKEN_SECRET" placeholder:"SECRET" help:"What the engine's --token-secret is"`
	Room        string        `required:"" placeholder:"NAME" help:"The room, or a pattern: class-*"`
	Sub         string        `required:"" placeholder:"SUBJECT" help:"Whom it is for"`
	Role        string        `default:"member" enum:"member,moderator,observer" help:"member, moderator or observer. Default: ${default}"`
	TTL         time.Duration `name:"ttl" default:"1h" placeholder:"DURATION" help:"How long it is good for. Default: ${default}"`
	Capacity    int           `placeholder:"N" help:"It opens the room only where fewer members are in. Default: it does not say"`
	Aud         string        `placeholder:"AUDIENCE" help:"What the engine's --token-audience is"`
}

// mint prints a join token for testing, and returns the exit code.
func mint(args []string, stdout, stderr io.Writer) int {
	var m minting
	k, err := kong.New(&m, kong.Name("engine token"), kong.Description("Prints a join token, for testing."),
		kong.Writers(stdout, stderr), kong.Exit(os.Exit))
	if err == nil {
		_, err = k.Parse(args)
	}
	if err == nil && m.TTL <= 0 {
		err = fmt.Errorf("--ttl: %v, must be above 0s", m.TTL)
	}
	var text string
	if err == nil {
		text, err = token.Mint(m.TokenSecret, m.claims(time.Now()))
	}
	if err != nil {
		fmt.Fprintln(stderr, "engine:", err)
		return exitSetting
	}
	fmt.Fprintln(stdout, text)
	return exitDrained
}

func (m *minting) claims(now time.Time) token.Claims {
	c := token.Claims{Room: m.Room, Role: m.Role, Capacity: m.Capacity, RegisteredClaims: jwt.RegisteredClaims{
		Subject: m.Sub, IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(m.TTL)),
	}}
	if m.Aud != "" {
		c.Audience = jwt.ClaimStrings{m.Aud}
	}
	return c
}
