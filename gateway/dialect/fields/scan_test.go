package fields

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

var names = []string{"a", "b"}

func TestScan(t *testing.T) {
	for message, want := range map[string][]Field{
		`{}`:                                  {nil, nil},
		` {"a" : 1 , "c":{"b":2}} `:           {Field(`1`), nil},
		`{"b":"x","a":null,"A":3}`:            {Field(`null`), Field(`"x"`)},
		`{"a":1,"\u0061":[2]}`:                {Field(`[2]`), nil},
		`{"a":{"a":1},"\ud83d":1,"b":"\u00"}`: nil,
		`{"a":1}{}`:                           nil,
		`{"a":1,}`:                            nil,
		`[{"a":1}]`:                           nil,
		``:                                    nil,
		"{\"a\":\"\xc3\"}":                    nil,
	} {
		found := make([]Field, 2)
		err := Scan([]byte(message), names, found)
		if want == nil {
			require.Equal(t, wire.BadFrame, err.Code, message)
			continue
		}
		require.Nil(t, err, message)
		require.Equal(t, want, found, message)
	}
}
