package api_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/parley-signaling/parley/engine/api"
)

// What the handlers do is held against openapi.yaml in every test: each request that was
// carried out, and each response. At the end, each documented response must have been seen.

var described = sync.OnceValues(func() (*description, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.Description)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.JSONBodyDecoder) // a line at a time
	router, err := gorillamux.NewRouter(doc)
	return &description{doc: doc, router: router, seen: map[string]bool{}}, err
})

type description struct {
	doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[string]bool // "method path status"
}

func TestMain(m *testing.M) {
	code := m.Run()
	d, err := described()
	if code == 0 && err == nil && !slices.ContainsFunc(os.Args[1:], leavesOut) {
		if unseen := d.unseen(); len(unseen) > 0 {
			fmt.Printf("responses that are documented and that no test has seen:\n%s\n", strings.Join(unseen, "\n"))
			code = 1
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// leavesOut is true of an argument that leaves tests out.
func leavesOut(arg string) bool {
	for _, f := range []string{"-test.run", "-test.skip", "-test.list", "-test.fuzz"} {
		if strings.HasPrefix(arg, f) && !strings.HasPrefix(arg, "-test.fuzzcachedir") {
			return true
		}
	}
	return false
}

// unseen lists the documented responses that no test has had.
func (d *description) unseen() (list []string) {
	for path, item := range d.doc.Paths.Map() {
		for method, o := range item.Operations() {
			for status := range o.Responses.Map() {
				if name := method + " " + path + " " + status; !d.seen[name] {
					list = append(list, name)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// check holds a request and what came of it against the document.
func (d *description) check(t testing.TB, r *http.Request, body string, w *httptest.ResponseRecorder) {
	t.Helper()
	if r.Method == http.MethodHead { // a GET, whose body net/http leaves out
		return
	}
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, w.Code, "%s %s: %v", r.Method, r.URL, err)
		return
	}
	r = r.Clone(context.Background())
	r.Body = http.NoBody
	if body != "" {
		r.Body = readCloser(body)
		r.ContentLength = int64(len(body))
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if w.Code < 300 { // what was carried out must have been allowed
		require.NoError(t, openapi3filter.ValidateRequest(context.Background(), in), "%s %s", r.Method, r.URL)
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: w.Code, Header: w.Header(), Options: in.Options,
	}
	out.SetBodyBytes(w.Body.Bytes())
	require.NoError(t, openapi3filter.ValidateResponse(context.Background(), out), "%s %s: %s", r.Method, r.URL, w.Body)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[fmt.Sprintf("%s %s %d", r.Method, route.Path, w.Code)] = true
}

func TestDescriptionIsServed(t *testing.T) {
	bubble(t, options{}, func(e *engine) {
		a := e.ask("GET", "/api/v1/openapi.yaml", "")
		require.Equal(t, http.StatusOK, a.status)
		require.Equal(t, "application/yaml", a.header.Get("Content-Type"))
		require.Equal(t, string(api.Description), a.text)
	})
}

func TestEveryRouteIsDescribedAndTheOtherWayRound(t *testing.T) {
	d, err := described()
	require.NoError(t, err)
	require.Equal(t, "3.1.0", d.doc.OpenAPI)
	var documented []string
	for path, item := range d.doc.Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	require.ElementsMatch(t, documented, api.Routes())
}

func TestEveryFieldOfTheDescriptionExplainsItself(t *testing.T) {
	d, err := described()
	require.NoError(t, err)
	for _, path := range slices.Sorted(maps.Keys(d.doc.Paths.Map())) {
		for method, o := range d.doc.Paths.Value(path).Operations() {
			require.NotEmpty(t, o.Summary, "%s %s", method, path)
			require.NotEmpty(t, o.OperationID, "%s %s", method, path)
		}
	}
}
