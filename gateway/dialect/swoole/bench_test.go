package swoole

import (
	"strings"
	"testing"

	"github.com/parley-signaling/parley/actors/wire"
)

func BenchmarkDecode(b *testing.B) {
	message := []byte(`{"cmd":"publish","subject":"room-4f2k9x1a","event":"candidate","data":{"candidate":"` +
		strings.Repeat("c", 150) + `","sdpMLineIndex":0}}`)
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	var r wire.Request
	for b.Loop() {
		if err := decode(message, &r); err != nil {
			b.Fatal(err)
		}
	}
}
