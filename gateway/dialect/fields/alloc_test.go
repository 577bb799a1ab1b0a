//go:build !race

package fields

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Under the race detector sync.Pool drops what it is given at random.
func TestScanCopiesNothing(t *testing.T) {
	message := []byte(`{"a":"text","other":[1,2,3],"b":{"deep":true}}`)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		var found [2]Field
		if Scan(message, names, found[:]) != nil || len(found[1]) == 0 {
			t.Error("not found")
		}
	}))
}
