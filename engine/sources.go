package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/parley-signaling/parley/engine/server"
)

// prefix begins the name of every variable, with an underscore.
const prefix = "PARLEY"

// notSettings are flags that cannot stand in a file.
var notSettings = []string{"help", "version", "config"}

// settingNames are the names that a file may use.
func settingNames(app *kong.Application) []string {
	var names []string
	for _, f := range app.Flags {
		if !slices.Contains(notSettings, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

func hasSetting(app *kong.Application, name string) bool {
	return slices.Contains(settingNames(app), name)
}

// variable returns the variable that sets a flag, if one does.
func variable(f *kong.Flag) (string, bool) {
	for _, name := range f.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return name, true
		}
	}
	return "", false
}

// unknownVariables complains of PARLEY_ variables that set nothing. They are no reason not to
// start: Kubernetes gives the pods beside a service called parley variables such as
// PARLEY_SERVICE_HOST.
func unknownVariables(environ []string, app *kong.Application) []string {
	known := []string{prefix + "_REQUIRE_ALL"} // of the tests
	for _, f := range app.Flags {
		known = append(known, f.Envs...)
	}
	var complaints []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, prefix+"_") && !slices.Contains(known, name) {
			complaints = append(complaints, fmt.Sprintf("%s sets nothing: no such setting%s", name, suggestion(name, known)))
		}
	}
	return complaints
}

// locate says of each wrong field which flag, variable or line set it.
func (s *settings) locate(err error, ctx *kong.Context) error {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, e := range list.Unwrap() {
			errs = append(errs, s.locate(e, ctx))
		}
		return errors.Join(errs...)
	}
	c, ok := err.(*server.ConfigError)
	if !ok {
		return err
	}
	for _, f := range ctx.Flags() {
		if strings.EqualFold(strings.ReplaceAll(f.Name, "-", ""), c.Field) {
			return fmt.Errorf("%s: %s, not %s", s.whence(f, ctx), c.Problem, c.Shown())
		}
	}
	return err
}

// whence names what gave a flag its value.
func (s *settings) whence(f *kong.Flag, ctx *kong.Context) string {
	for _, p := range ctx.Path {
		if p.Flag == f && !p.Resolved {
			return "--" + f.Name
		}
	}
	if name, ok := variable(f); ok {
		return name
	}
	if s.file != nil {
		if v, ok := s.file.values[f.Name]; ok {
			return fmt.Sprintf("%s:%d: %s", s.file.name, v.line, f.Name)
		}
	}
	return "--" + f.Name
}

// suggestion proposes the likeliest of names for one that does not exist; "" where none is near.
func suggestion(name string, names []string) string {
	best, least := "", 1+len(name)/3
	for _, n := range names {
		if d := distance(strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(n, "_", "-")); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			above := row[j]
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above+1, row[j-1]+1, diagonal+cost)
			diagonal = above
		}
	}
	return row[len(b)]
}
