package roomtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/parley-signaling/parley/actors/wire"
)

// Msg is one message of the engine as a client sees it: the map that was decoded, with
// numbers brought to int64, or float64 where they are not whole.
type Msg map[string]any

// Decode reads one frame with encoding/json or vmihailenco/msgpack: exactly one map.
func Decode(c wire.Codec, frame []byte) (Msg, error) {
	var v any
	if c == wire.Msgpack {
		d := msgpack.NewDecoder(bytes.NewReader(frame))
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("msgpack %q: %w", frame, err)
		}
		if _, err := d.PeekCode(); err != io.EOF {
			return nil, fmt.Errorf("msgpack %q: bytes after the value", frame)
		}
	} else {
		d := json.NewDecoder(bytes.NewReader(frame))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return nil, fmt.Errorf("json %q: %w", frame, err)
		}
		if _, err := d.Token(); err != io.EOF {
			return nil, fmt.Errorf("json %q: bytes after the value", frame)
		}
	}
	m, ok := plain(v).(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%v %q: not a map", c, frame)
	}
	return m, nil
}

// Encode writes a request as one frame.
func Encode(c wire.Codec, m map[string]any) []byte { return EncodeValue(c, m) }

// EncodeValue writes any value.
func EncodeValue(c wire.Codec, m any) []byte {
	var b []byte
	var err error
	if c == wire.Msgpack {
		b, err = msgpack.Marshal(m)
	} else {
		b, err = json.Marshal(m)
	}
	if err != nil {
		panic(fmt.Sprintf("roomtest: cannot encode %v: %v", m, err))
	}
	return b
}

// plain brings a decoded value to one form for both codecs.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		f, _ := v.Float64()
		return whole(f)
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case int:
		return int64(v)
	case uint8:
		return int64(v)
	case uint16:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		if v > math.MaxInt64 {
			return float64(v)
		}
		return int64(v)
	case float32:
		return whole(float64(v))
	case float64:
		return whole(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
		return v
	default:
		return v
	}
}

// whole returns f as an int64 where it is one.
func whole(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int64(f)
	}
	return f
}

func (m Msg) str(key string) string {
	s, _ := m[key].(string)
	return s
}

func (m Msg) num(key string) int64 {
	n, _ := m[key].(int64)
	return n
}

// Type is the message's type; "" where it has none.
func (m Msg) Type() string { return m.str("type") }

// numbered reports whether m has a place in its room's order of its own.
func (m Msg) numbered() bool {
	switch m.Type() {
	case "event", "member", "room":
		return true
	}
	return false
}
