package dialect

import (
	"github.com/gobwas/ws"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Text is a Format of text frames. There is one of each dialect, by its address: what is told
// to many is encoded once a Format.
type Text struct {
	// Body appends what the client is told as m, or nothing.
	Body func(dst []byte, m wire.Message) []byte
}

var _ actors.Format = (*Text)(nil)

// Append implements actors.Format.
func (t *Text) Append(dst []byte, m wire.Message) []byte {
	return AppendFrame(dst, ws.OpText, m, t.Body)
}
