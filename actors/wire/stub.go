package wire

// Decode reads one message of a client. The request and its values alias frame, which the
// caller must not touch again. The error is always an *Error, with the request's id where it
// could be read.
func Decode(c Codec, frame []byte, r *Request) error { panic("not yet") }

// Append appends the value in codec c, transcoding where it arrived in the other one; an
// absent value is appended as null.
func (v Value) Append(dst []byte, c Codec) []byte { panic("not yet") }

func (m *Joined) AppendTo(dst []byte, c Codec) []byte       { panic("not yet") }
func (m *Event) AppendTo(dst []byte, c Codec) []byte        { panic("not yet") }
func (m *MemberChange) AppendTo(dst []byte, c Codec) []byte { panic("not yet") }
func (m *RoomChange) AppendTo(dst []byte, c Codec) []byte   { panic("not yet") }
func (m *OK) AppendTo(dst []byte, c Codec) []byte           { panic("not yet") }
func (m *Error) AppendTo(dst []byte, c Codec) []byte        { panic("not yet") }
func (m *ICE) AppendTo(dst []byte, c Codec) []byte          { panic("not yet") }
func (m *Bye) AppendTo(dst []byte, c Codec) []byte          { panic("not yet") }
func (m *Pong) AppendTo(dst []byte, c Codec) []byte         { panic("not yet") }
