package cluster

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/anthdm/hollywood/actor"
	"github.com/vmihailenco/msgpack/v5"
)

// types are the types of messages that cross nodes.
var types = struct {
	sync.RWMutex
	byName map[string]reflect.Type
	names  map[reflect.Type]string
}{byName: map[string]reflect.Type{}, names: map[reflect.Type]string{}}

func init() {
	Register[*actor.PID]("pid")
	Register[string]("string")
	Register[[]byte]("bytes")
}

// Register lets messages of type T cross nodes, encoded with msgpack: exported fields go. The name stands for
// the type on all nodes, which must register it alike, best in an init function. T is what
// receivers get: *Move where senders send a *Move. It panics where the name or the type is taken.
func Register[T any](name string) {
	t := reflect.TypeFor[T]()
	types.Lock()
	defer types.Unlock()
	if _, taken := types.byName[name]; taken || types.names[t] != "" || name == "" {
		panic(fmt.Sprintf("cluster: the name %q or the type %v is registered already", name, t))
	}
	types.byName[name], types.names[t] = t, name
}

func encodeMessage(message any) (name string, data []byte, err error) {
	types.RLock()
	name = types.names[reflect.TypeOf(message)]
	types.RUnlock()
	if name == "" {
		return "", nil, fmt.Errorf("%T is not registered", message)
	}
	data, err = msgpack.Marshal(message)
	return name, data, err
}

func decodeMessage(name string, data []byte) (any, error) {
	types.RLock()
	t := types.byName[name]
	types.RUnlock()
	if t == nil {
		return nil, fmt.Errorf("type %q is not registered", name)
	}
	v := reflect.New(t)
	if err := msgpack.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("type %q: %w", name, err)
	}
	return v.Elem().Interface(), nil
}
