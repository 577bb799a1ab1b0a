package embedtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/engine/server"
	"github.com/parley-signaling/parley/gateway/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; a build may have to compile everything.
const (
	patience      = 20 * time.Second
	buildPatience = 5 * time.Minute
)

func patient(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// project is a module that has one of the programs, and knows this checkout only as a
// dependency. What it needs besides is in the module cache, as this checkout needs it too.
type project struct{ dir string }

func newProject(t *testing.T, program string) project {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", program))))
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	const mod = "module embed.example/%s\n\ngo 1.26.0\n\nrequire %[2]s v0.0.0\n\nreplace %[2]s => %[3]s\n"
	write(t, filepath.Join(dir, "go.mod"), fmt.Sprintf(mod, program, "github.com/parley-signaling/parley", root))
	write(t, filepath.Join(dir, "go.sum"), string(sums))
	return project{dir}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

// tool runs the go command in the project and returns what it prints.
func (p project) tool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(patient(t, buildPatience), "go", args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	require.NoError(t, err, "go %s: %s", args, &complaints)
	return string(out)
}

// process is a program that runs until the test ends.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
}

// start builds a program, and runs it.
func start(t *testing.T, program string, args ...string) *process {
	t.Helper()
	p := newProject(t, program)
	p.tool(t, "vet", ".")
	p.tool(t, "build", "-o", "program", ".")
	cmd := exec.Command(filepath.Join(p.dir, "program"), args...)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return &process{t, cmd, bufio.NewReader(out)}
}

// line reads the next line that the program prints.
func (p *process) line() string {
	p.t.Helper()
	s, err := p.out.ReadString('\n')
	require.NoError(p.t, err)
	return strings.TrimSpace(s)
}

// member joins a room of the server at url.
func member(t *testing.T, url, room string) *client.Room {
	t.Helper()
	ctx := patient(t, patience)
	c, err := client.Dial(ctx, url, client.Options{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	r, err := c.Join(ctx, room, client.JoinOptions{})
	require.NoError(t, err)
	return r
}

// message waits for the next message.
func message(t *testing.T, r *client.Room) client.Message {
	t.Helper()
	ctx := patient(t, patience)
	for {
		select {
		case e, ok := <-r.Events():
			require.True(t, ok, "%v", r.Err())
			if m, is := e.(client.Message); is {
				return m
			}
		case <-ctx.Done():
			require.FailNow(t, "no message came")
		}
	}
}

// talk has two members of a room exchange a message.
func talk(t *testing.T, url string) {
	t.Helper()
	a, b := member(t, url, "tea"), member(t, url, "tea")
	require.Len(t, b.Members(), 1)
	sent, err := a.Send(patient(t, patience), "chat", "hello")
	require.NoError(t, err)
	m := message(t, b)
	require.Equal(t, sent.Seq, m.Seq)
	require.Equal(t, a.Self().ID, m.From)
}

func TestActorsWithoutTheGateway(t *testing.T) {
	p := start(t, "lines")
	addr := p.line()
	dial := func() (*json.Encoder, *json.Decoder) {
		nc, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = nc.Close() })
		require.NoError(t, nc.SetDeadline(time.Now().Add(patience)))
		return json.NewEncoder(nc), json.NewDecoder(nc)
	}
	type object = map[string]any
	say := func(e *json.Encoder, o object) { t.Helper(); require.NoError(t, e.Encode(o)) }
	hear := func(d *json.Decoder) (o object) { t.Helper(); require.NoError(t, d.Decode(&o)); return o }

	toA, fromA := dial()
	say(toA, object{"type": "join", "id": 1, "room": "r"})
	require.Equal(t, "joined", hear(fromA)["type"])
	toB, fromB := dial()
	say(toB, object{"type": "join", "id": 1, "room": "r"})
	require.Len(t, hear(fromB)["members"], 1)
	require.Equal(t, "joined", hear(fromA)["change"])
	say(toB, object{"type": "send", "id": 2, "room": "r", "event": "chat", "data": "hello"})
	require.Equal(t, "ok", hear(fromB)["type"])
	require.Equal(t, "hello", hear(fromA)["data"])
	say(toB, object{"type": "what"})
	require.Equal(t, "bad_request", hear(fromB)["code"])
}

func TestActorsAloneBringNoServerAlong(t *testing.T) {
	deps := strings.Fields(newProject(t, "lines").tool(t, "list", "-deps", "."))
	require.Contains(t, deps, "github.com/parley-signaling/parley/actors")
	for _, d := range deps {
		require.NotEqual(t, "net/http", d)
		require.NotContains(t, d, "gobwas")
		require.NotContains(t, d, "parley/gateway")
	}
}

func TestGatewayOnAListenerOfItsOwn(t *testing.T) {
	p := start(t, "gateway")
	talk(t, p.line())
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.Equal(t, "drained", p.line())
}

func TestGatewayInAnExistingServer(t *testing.T) {
	p := start(t, "handler")
	url := p.line()
	talk(t, url)
	site := strings.Replace(strings.TrimSuffix(url, "signal"), "ws", "http", 1)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(site)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "the site", string(body))
}

func TestRoomsInAnExistingHollywoodEngine(t *testing.T) {
	url := start(t, "hollywood").line()
	guest := member(t, url, "lobby")
	m := message(t, guest)
	require.Equal(t, "welcome", m.Event)
	require.Equal(t, guest.Members()[0].ID, m.From)
	talk(t, url)
}

func TestABotInTenLines(t *testing.T) {
	s, err := server.New(server.Config{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, s.Start())
	t.Cleanup(func() { _ = s.Shutdown(patient(t, patience)) })
	room := member(t, s.URL()+"ws", "lobby")
	bot := start(t, "bot", s.URL()+"ws")
	joined, ok := (<-room.Events()).(client.MemberChange)
	require.True(t, ok)
	_, err = room.Send(patient(t, patience), "chat", "hello")
	require.NoError(t, err)
	m := message(t, room)
	require.Equal(t, joined.Member.ID, m.From)
	var echo string
	require.NoError(t, m.Decode(&echo))
	require.Equal(t, "hello", echo)

	require.NoError(t, room.Kick(patient(t, patience), m.From, "enough"))
	require.Error(t, bot.cmd.Wait(), "it ends with a log.Fatal")
}
