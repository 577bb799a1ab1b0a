package api

import (
	"net/http"
	"net/url"
	"strings"
)

// route is an operation's place.
type route struct {
	method, path string // {x} in a path is one segment, which is the request's PathValue of x
	do           operation
	gather       func(*Handler, http.ResponseWriter, *http.Request) // in a cluster: from all nodes; nil: one node answers
}

// Routes lists what there is, each as its method and its path.
func Routes() (list []string) {
	for _, r := range new(Handler).routes() {
		list = append(list, r.method+" "+r.path)
	}
	return list
}

// find is the route of a request, or the methods that its path has. A segment is whatever stands
// between two slashes before it is unescaped: http.ServeMux does not give "/" or ".." to anybody,
// and rooms may bear such names.
func (h *Handler) find(r *http.Request) (found *route, allow string) {
	var methods []string
	path := strings.Split(r.URL.EscapedPath(), "/")
	for i := range h.table {
		at := &h.table[i]
		values, ok := match(strings.Split(at.path, "/"), path)
		if !ok {
			continue
		}
		if r.Method == at.method || r.Method == http.MethodHead && at.method == http.MethodGet {
			for name, v := range values {
				r.SetPathValue(name, v)
			}
			return at, ""
		}
		methods = append(methods, at.method)
		if at.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	return nil, strings.Join(methods, ", ")
}

// match reports whether a path is of a pattern, and what stands for the pattern's names.
func match(pattern, path []string) (values map[string]string, ok bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	for i, p := range pattern {
		name, is := strings.CutPrefix(p, "{")
		if !is {
			if p != path[i] {
				return nil, false
			}
			continue
		}
		v, err := url.PathUnescape(path[i])
		if err != nil || v == "" {
			return nil, false
		}
		if values == nil {
			values = map[string]string{}
		}
		values[strings.TrimSuffix(name, "}")] = v
	}
	return values, true
}
