package tracker

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors/wire"
)

func TestMalformed(t *testing.T) {
	deep := strings.Repeat("[", wire.MaxDepth-1) + strings.Repeat("]", wire.MaxDepth-1)
	announce := func(more string) string {
		return `{"action":"announce","info_hash":"` + hash + `","peer_id":"` + hash + `"` + more + `}`
	}
	for message, want := range map[string]wire.Error{
		``:                                   {Code: wire.BadFrame, Message: "not one JSON object"},
		`[]`:                                 {Code: wire.BadFrame, Message: "not one JSON object"},
		"{\"action\":\"\xff\"}":              {Code: wire.BadFrame, Message: "not UTF-8"},
		`{}`:                                 {Code: wire.BadRequest, Message: "action: missing"},
		`{"action":1}`:                       {Code: wire.BadRequest, Message: "action: not a string"},
		`{"action":"announce"}`:              {Code: wire.BadRequest, Message: "info_hash: missing"},
		`{"action":"scrape"}`:                {Code: wire.BadRequest, Message: "info_hash: missing"},
		`{"action":"scrape","info_hash":[]}`: {Code: wire.BadRequest, Message: "info_hash: 0, 1 to 64"},
		`{"action":"scrape","info_hash":["` + hash + `",7]}`:                              {Code: wire.BadRequest, Message: "info_hash[1]: not a string"},
		`{"action":"scrape","info_hash":[` + strings.Repeat(`"x",`, 64) + `"x"]}`:         {Code: wire.BadRequest, Message: "info_hash: 65, 1 to 64"},
		`{"action":"scrape","info_hash":"` + hash[1:] + "\u0100" + `"}`:                   {Code: wire.BadRequest, Message: "info_hash: a character that is no byte"},
		`{"action":"scrape","info_hash":"` + hash + `a"}`:                                 {Code: wire.BadRequest, Message: "info_hash: 21 characters, must be 20"},
		`{"action":"stop","info_hash":"` + hash + `"}`:                                    {Code: wire.BadRequest, Message: "action: neither announce nor scrape"},
		`{"action":"announce","info_hash":["` + hash + `","` + hash + `"]}`:               {Code: wire.BadRequest, Message: "info_hash: 2, an announce has 1"},
		`{"action":"announce","info_hash":"` + hash + `","peer_id":"x"}`:                  {Code: wire.BadRequest, Message: "peer_id: 1 characters"},
		announce(`,"event":"paused?"`):                                                    {Code: wire.BadRequest, Message: "event: none of started"},
		announce(`,"event":7`):                                                            {Code: wire.BadRequest, Message: "event: not a string"},
		announce(`,"offers":{}`):                                                          {Code: wire.BadRequest, Message: "offers: not a list"},
		announce(`,"offers":[7]`):                                                         {Code: wire.BadRequest, Message: "offers[0]: not an object"},
		announce(`,"offers":[{"offer":{},"offer_id":"1"},{}]`):                            {Code: wire.BadRequest, Message: "offers[1].offer: missing"},
		announce(`,"offers":[{"offer":"sdp","offer_id":"1"}]`):                            {Code: wire.BadRequest, Message: "offers[0].offer: not an object"},
		announce(`,"offers":[{"offer":{}}]`):                                              {Code: wire.BadRequest, Message: "offers[0].offer_id: missing"},
		announce(`,"offers":[{"offer":{},"offer_id":"` + strings.Repeat("i", 65) + `"}]`): {Code: wire.BadRequest, Message: "offers[0].offer_id: 65 bytes, at most 64"},
		announce(`,"answer":"sdp"`):                                                       {Code: wire.BadRequest, Message: "answer: not an object"},
		announce(`,"answer":{}`):                                                          {Code: wire.BadRequest, Message: "to_peer_id: missing"},
		announce(`,"answer":{},"to_peer_id":"` + hash + `"`):                              {Code: wire.BadRequest, Message: "offer_id: missing"},
		announce(`,"answer":{"sdp":"` + strings.Repeat("v", maxSDP) + `"}`):               {Code: wire.BadRequest, Message: "answer: 60010 bytes, at most 60000"},
		announce(`,"x":` + deep):                                                          {Code: wire.BadRequest, Message: "message: "},
	} {
		t.Run(message[:min(len(message), 120)], func(t *testing.T) {
			_, err := decode([]byte(message))
			require.NotNil(t, err)
			require.Equal(t, want.Code, err.Code)
			require.Contains(t, err.Message, want.Message)
		})
	}
}

func TestDecode(t *testing.T) {
	m, err := decode([]byte(`{"action":"announce","info_hash":"\u0000ÿaaaaaaaaaaaaaaaaaa","peer_id":"` + hash + `","event":"","left":"0","numwant":"many",
		"offers":[{"offer":{"type":"offer","sdp":"v=0"},"offer_id":"\u0000ÿ"}],"answer":null,"uploaded":0,"trackerid":"x"}`))
	require.Nil(t, err)
	require.Equal(t, []string{"00ff" + strings.Repeat("61", 18)}, m.hashes)
	require.Equal(t, "\u0000ÿaaaaaaaaaaaaaaaaaa", hashOf(m.hashes[0]))
	require.Equal(t, update, m.event)
	require.False(t, m.complete, "a string is no number")
	require.Equal(t, []offer{{[]byte(`{"type":"offer","sdp":"v=0"}`), "\u0000ÿ"}}, m.offers)

	many := strings.Repeat(`{"offer":{},"offer_id":"i"},`, 90)
	m, err = decode([]byte(`{"action":"announce","info_hash":"` + hash + `","peer_id":"` + hash + `","left":0.0,"offers":[` + many + `7]}`))
	require.Nil(t, err, "what is too much is not looked at")
	require.Len(t, m.offers, maxOffers)
	require.True(t, m.complete)
}

// FuzzDecode: what is accepted goes on as JSON, within the size of a message.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"action":"announce","info_hash":"` + hash + `","peer_id":"\u0000ÿ\u0080<aaaaaaaaaaaaaaaa","event":"started","left":7,"numwant":2,"offers":[{"offer":{"type":"offer","sdp":"v=0\r\n"},"offer_id":"ÿ"}]}`,
		`{"action":"announce","info_hash":"` + hash + `","peer_id":"` + hash + `","to_peer_id":"` + hash + `","answer":{"sdp":"\ud83d"},"offer_id":"1"}`,
		`{"action":"scrape","info_hash":["` + hash + `"]}`, `{"action":"scrape","info_hash":"` + hash + `"}`,
		"{\"action\":\"\xff\"}", `{`, `null`, `{"action":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decode(b)
		if err != nil {
			require.Contains(t, []wire.Code{wire.BadFrame, wire.BadRequest}, err.Code)
			require.NotEmpty(t, err.Message)
			require.True(t, json.Valid(appendFailure(nil, err)))
			return
		}
		for _, room := range m.hashes {
			require.Len(t, room, 40)
			require.Equal(t, 20, utf8.RuneCountInString(hashOf(room)))
			require.Equal(t, room, roomOf(hashOf(room)))
		}
		o := &office{hash: hashOf(m.hashes[0]), swarm: newSwarm()}
		said := [][]byte{o.scraped(), o.announced()}
		for i := range m.offers {
			said = append(said, o.offered(m, &m.offers[i]))
		}
		if m.answer != nil {
			said = append(said, o.answered(m))
		}
		for _, s := range said {
			require.True(t, json.Valid(s), string(s))
			require.LessOrEqual(t, len(s), wire.MaxMessage)
		}
	})
}
