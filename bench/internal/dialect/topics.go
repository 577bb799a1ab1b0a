package dialect

import "fmt"

// yWebRTC is the signaling of y-webrtc; its publishers hear their own messages.
type yWebRTC struct{ silent }

func (yWebRTC) Name() string { return "y-webrtc" }
func (yWebRTC) Path() string { return "/y-webrtc" }
func (yWebRTC) Echoes() bool { return true }

func (yWebRTC) AppendJoin(dst []byte, j Join) []byte {
	return fmt.Appendf(dst, `{"type":"subscribe","topics":[%s]}`, quote(j.Room))
}

func (yWebRTC) AppendLeave(dst []byte, room string) []byte {
	return fmt.Appendf(dst, `{"type":"unsubscribe","topics":[%s]}`, quote(room))
}

func (yWebRTC) AppendPublish(dst []byte, p Publish) []byte {
	dst = fmt.Appendf(dst, `{"type":"publish","topic":%s,"event":%s,"data":`, quote(p.Room), quote(p.Event))
	return append(p.Value.AppendJSON(dst), '}')
}

// trystero is its WebSocket relay; its publishers hear their own messages.
type trystero struct{ silent }

func (trystero) Name() string { return "trystero" }
func (trystero) Path() string { return "/trystero" }
func (trystero) Echoes() bool { return true }

func (trystero) AppendJoin(dst []byte, j Join) []byte {
	return fmt.Appendf(dst, `{"type":"subscribe","topic":%s}`, quote(j.Room))
}

func (trystero) AppendLeave(dst []byte, room string) []byte {
	return fmt.Appendf(dst, `{"type":"unsubscribe","topic":%s}`, quote(room))
}

func (trystero) AppendPublish(dst []byte, p Publish) []byte {
	dst = fmt.Appendf(dst, `{"type":"publish","topic":%s,"payload":`, quote(p.Room))
	return append(p.Value.AppendJSON(dst), '}')
}
