package fields

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzScan: what is taken and what is found is what encoding/json would take and find.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":[{"a":2}]}`, `{"a":1,"\u0061":"\ud83d"} `, `{"a":01}`, `{"A":1}`, `[{"a":1}]`, "{\"a\":\"\x00\"}", `{"a":1}x`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		found := make([]Field, len(names))
		err := Scan(message, names, found)
		var want map[string]json.RawMessage
		good := utf8.Valid(message) && json.Unmarshal(message, &want) == nil && want != nil
		require.Equal(t, good, err == nil)
		if !good {
			return
		}
		for i, name := range names {
			require.Equal(t, string(want[name]), string(found[i]), name)
		}
	})
}
