package peerjs

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

func TestQueriesThatAreRefused(t *testing.T) {
	const missing = `{"type":"ERROR","payload":{"msg":"No id, token, or key supplied to websocket server"}}`
	long := strings.Repeat("x", 300)
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		for query, want := range map[string]string{
			"":                              missing,
			"key=peerjs&id=a":               missing,
			"key=peerjs&token=t":            missing,
			"id=a&token=t":                  missing,
			"key=peerjs&id=&token=t":        missing,
			"key=other&id=a&token=t":        `{"type":"INVALID-KEY","payload":{"msg":"Invalid key provided"}}`,
			"key=peerjs&id=%zz&token=t":     `{"type":"ERROR","payload":{"msg":"the query cannot be read"}}`,
			"key=peerjs&id=a%00b&token=t":   `{"type":"ERROR","payload":{"msg":"id: not UTF-8, or with a control character"}}`,
			"key=peerjs&id=%ff&token=t":     `{"type":"ERROR","payload":{"msg":"id: not UTF-8, or with a control character"}}`,
			"key=peerjs&token=t&id=" + long: `{"type":"ERROR","payload":{"msg":"id: longer than 128 bytes"}}`,
			"key=peerjs&id=a&token=" + strings.Repeat("x", MaxToken+1): `{"type":"ERROR","payload":{"msg":"token: longer than 8192 bytes"}}`,
		} {
			r.Connect(query).Closes(actors.ClosePolicy, want)
		}
		require.Zero(t, r.Sys.Stats().Members)
	})
}

func TestAnyIDThatIsText(t *testing.T) {
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		id := `é "quoted" <b>`
		b := r.Connect("key=peerjs&token=t&version=1.5.5&id=" + url.QueryEscape(id))
		b.Hears(`{"type":"OPEN"}`)
		b.Says(`{"type":"OFFER","dst":"a","payload":[]}`)
		a.Hears(`{"type":"OFFER","src":"é \"quoted\" \u003cb\u003e","dst":"a","payload":[]}`)
	})
}

// TestMalformed: what cannot be used is answered, and the peer lives on.
func TestMalformed(t *testing.T) {
	deep := strings.Repeat("[", wire.MaxDepth) + strings.Repeat("]", wire.MaxDepth)
	bubble(t, actors.Options{}, Options{}, func(t *testing.T, r *rig) {
		a := r.peer("a")
		for message, want := range map[string]string{
			``:                             "the message is not one JSON object",
			`[]`:                           "the message is not one JSON object",
			`{"type":"OFFER"`:              "the message is not one JSON object",
			"{\"type\":\"\xff\"}":          "the message is not UTF-8",
			`{}`:                           "type: missing",
			`{"type":7}`:                   "type: not a string",
			`{"type":"OPEN"}`:              "type: none of OFFER, ANSWER, CANDIDATE, LEAVE, EXPIRE and HEARTBEAT",
			`{"type":"offer","dst":"b"}`:   "type: none of OFFER, ANSWER, CANDIDATE, LEAVE, EXPIRE and HEARTBEAT",
			`{"type":"OFFER"}`:             "dst: missing",
			`{"type":"OFFER","dst":null}`:  "dst: missing",
			`{"type":"OFFER","dst":["b"]}`: "dst: not a string",
			`{"type":"OFFER","dst":""}`:    "dst: 0 bytes, at least 1",
			`{"type":"LEAVE","dst":{}}`:    "dst: not a string",
			`{"type":"OFFER","dst":"b","payload":` + deep + `}`:         "payload: ",
			`{"type":"OFFER","dst":"` + strings.Repeat("b", 129) + `"}`: "dst: 129 bytes, at most 128",
		} {
			a.Says(message)
			heard := a.Heard()
			require.Len(t, heard, 1, message)
			require.Contains(t, heard[0], `{"type":"ERROR","payload":{"msg":"`+want, message)
		}
		a.Says(`{"type":"HEARTBEAT","dst":7}`)
		a.Says(`{"type":"OFFER","dst":"a","payload":"still here"}`)
		a.Hears(`{"type":"OFFER","src":"a","dst":"a","payload":"still here"}`)
	})
}

func TestWhatClientsAreNotTold(t *testing.T) {
	for _, m := range []wire.Message{
		&wire.MemberChange{}, &wire.RoomChange{}, &wire.OK{ID: 1}, &wire.ICE{}, &wire.Bye{Code: 1001}, &wire.Pong{},
	} {
		require.Empty(t, format.Append(nil, m), "%T", m)
	}
}

// FuzzClaim: whatever query is accepted names an id and a token within their limits.
func FuzzClaim(f *testing.F) {
	for _, query := range []string{
		"key=peerjs&id=a&token=t&version=1.5.5", "key=peerjs&id=a&id=b&token=t&access_token=", "key=other&id=a&token=t",
		"id=%ff&key=peerjs&token=%00", "key=peerjs;id=a", "%zz", "", "key=peerjs&id=%C2%85&token=t",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		id, token, _, err := (&session{query: query, key: "peerjs"}).claim()
		if err != nil {
			require.NotEmpty(t, err.Message)
			require.Contains(t, []wire.Code{wire.BadRequest, invalidKey}, err.Code)
			return
		}
		require.True(t, len(id) >= 1 && len(id) <= MaxID && utf8.ValidString(id))
		require.True(t, len(token) >= 1 && len(token) <= MaxToken)
	})
}
