package dialect

// plain is the yardstick's: the first frame names the room, and every later one goes to
// everybody else in it as it is.
type plain struct{ silent }

func (plain) Name() string { return "plain" }
func (plain) Path() string { return "/" }
func (plain) Echoes() bool { return false }

func (plain) AppendJoin(dst []byte, j Join) []byte       { return append(dst, j.Room...) }
func (plain) AppendLeave(dst []byte, _ string) []byte    { return dst }
func (plain) AppendPublish(dst []byte, p Publish) []byte { return p.Value.AppendJSON(dst) }
