package client_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gobwas/ws"
	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
	"github.com/parley-signaling/parley/gateway/client"
)

func TestFragmentsAndStrangers(t *testing.T) {
	virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
		room, _ := enter(t, c, p)
		p.frame(ws.OpText, []byte(`{"type":"weather","room":"r","seq":11,"sky":"blue"}`))
		m := event(12)
		m.Data = str(strings.Repeat("x", 200<<10))
		b := m.AppendTo(nil, wire.JSON)
		p.raw(ws.MustCompileFrame(ws.NewFrame(ws.OpText, false, b[:100])))
		p.frame(ws.OpPing, nil)
		p.raw(ws.MustCompileFrame(ws.NewFrame(ws.OpContinuation, false, nil)))
		p.raw(ws.MustCompileFrame(ws.NewFrame(ws.OpContinuation, true, b[100:])))
		heard := next[client.Message](t, room)
		require.EqualValues(t, 12, heard.Seq)
		require.Len(t, text(t, heard.Data), 200<<10)
	})
}

func TestWhatCannotBeReadEndsTheConnection(t *testing.T) {
	huge := binary.BigEndian.AppendUint64([]byte{0x81, 127}, 1<<40)
	for name, b := range map[string][]byte{
		"no JSON":               ws.MustCompileFrame(ws.NewTextFrame([]byte("{"))),
		"no message":            ws.MustCompileFrame(ws.NewTextFrame([]byte(`{"type":"event","room":"r"}`))),
		"the other kind":        ws.MustCompileFrame(ws.NewBinaryFrame([]byte(`{"type":"pong"}`))),
		"masked":                ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(`{"type":"pong"}`)))),
		"a stray continuation":  ws.MustCompileFrame(ws.NewFrame(ws.OpContinuation, true, nil)),
		"a reserved opcode":     {0x83, 0},
		"a ping that is long":   {0x89, 126, 0, 200},
		"longer than may be":    huge,
		"negative":              {0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255},
		"a reserved bit":        {0xc1, 0},
		"a ping in two":         {0x09, 0},
		"an unfinished message": append(ws.MustCompileFrame(ws.NewFrame(ws.OpText, false, []byte("{"))), 0x81, 0),
	} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, l *line, c *client.Client, p *peer) {
				room, _ := enter(t, c, p)
				p.raw(b)
				var ended *client.EndedError
				require.ErrorAs(t, over(t, room), &ended)
				require.Equal(t, 1007, ended.Code)
				f := <-p.control
				require.Equal(t, ws.OpClose, f.Header.OpCode)
				code, _ := ws.ParseCloseFrameData(f.Payload)
				require.EqualValues(t, 1007, code)
			})
		})
	}
}
