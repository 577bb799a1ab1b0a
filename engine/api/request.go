package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-signaling/parley/actors"
	"github.com/parley-signaling/parley/actors/wire"
)

// Limits of a request.
const (
	maxBody      = wire.MaxMessage + 16<<10 // bytes; an event's data has wire.MaxMessage, and may have 256 receivers
	maxNamespace = 32                       // bytes
	maxID        = 128                      // bytes of a member's id
)

// roomOf is the room that a request is about: its path has the name, its query the namespace.
func roomOf(r *http.Request) (actors.RoomName, error) {
	n := actors.RoomName{Namespace: r.URL.Query().Get("namespace"), Name: r.PathValue("name")}
	if err := checkText("name", n.Name, 1, wire.MaxRoom); err != nil {
		return n, err
	}
	return n, checkText("namespace", n.Namespace, 0, maxNamespace)
}

// checkText allows least to most bytes of UTF-8 without control characters.
func checkText(field, s string, least, most int) error {
	if n := len(s); n < least || n > most {
		return outOfRange(field, fmt.Sprintf("%d bytes, %d to %d", n, least, most), most)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return wrong(field, "UTF-8 without control characters")
	}
	return nil
}

// only refuses parameters of the query that are not known, and ones that are given twice.
func only(r *http.Request, known ...string) error {
	for name, values := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return wrong(name, "no such parameter; there are: "+strings.Join(known, ", "))
		}
		if len(values) > 1 {
			return wrong(name, "given more than once")
		}
	}
	return nil
}

// number reads a parameter of the query.
func number(r *http.Request, name string, otherwise, least, most int) (int, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, outOfRange(name, fmt.Sprintf("%d to %d", least, most), most)
	}
	return n, nil
}

// flag reads a parameter of the query that is 1 or not there.
func flag(r *http.Request, name string) (bool, error) {
	switch r.URL.Query().Get(name) {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	}
	return false, wrong(name, "0 or 1")
}

// read decodes the body, a JSON object of known fields. A body is refused that a page of another
// site could have sent without asking first.
func read(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &Problem{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Field: "Content-Type",
			Detail: "Content-Type: application/json",
		}
	}
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return unreadable(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return wrong("body", "more than one JSON value")
	}
	return nil
}

// unreadable says which field encoding/json could not read.
func unreadable(err error) error {
	var kind *json.UnmarshalTypeError
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &kind) && kind.Field != "":
		return wrong(kind.Field, "a "+kind.Value+" is of the wrong type")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return wrong(strings.Trim(name, `"`), "no such field")
	}
	return wrong("body", "not a JSON object: "+strings.TrimPrefix(err.Error(), "json: "))
}
