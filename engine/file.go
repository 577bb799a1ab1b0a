package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// file is a configuration file: a map of flag names to values. JSON is YAML too.
type file struct {
	name   string
	values map[string]value
}

type value struct {
	text string // as a flag would have it
	line int
}

var _ kong.Resolver = (*file)(nil)

// readFile reads a file and refuses settings that app does not have.
func readFile(name string, app *kong.Application) (*file, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	defer f.Close()
	var root yaml.Node
	err = yaml.NewDecoder(io.LimitReader(f, maxFile)).Decode(&root)
	if err != nil && !errors.Is(err, io.EOF) { // EOF: an empty file
		return nil, fmt.Errorf("--config %s: %w", name, err)
	}
	c := &file{name: name, values: map[string]value{}}
	return c, c.fill(&root, app)
}

func (f *file) fill(root *yaml.Node, app *kong.Application) error {
	if root.Kind == 0 {
		return nil
	}
	m := root.Content[0]
	if m.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: must be a map of settings", f.name, m.Line)
	}
	var errs []error
	for i := 0; i+1 < len(m.Content); i += 2 {
		errs = append(errs, f.set(m.Content[i], m.Content[i+1], app))
	}
	return errors.Join(errs...)
}

func (f *file) set(key, val *yaml.Node, app *kong.Application) error {
	at := fmt.Sprintf("%s:%d: %s", f.name, key.Line, key.Value)
	if !hasSetting(app, key.Value) {
		return fmt.Errorf("%s: no such setting%s", at, suggestion(key.Value, settingNames(app)))
	}
	if _, twice := f.values[key.Value]; twice {
		return fmt.Errorf("%s: set twice", at)
	}
	text, err := scalar(val)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	f.values[key.Value] = value{text, key.Line}
	return nil
}

// scalar returns a scalar's text, or a list's texts as a flag would have them.
func scalar(n *yaml.Node) (string, error) {
	switch {
	case n.Kind == yaml.AliasNode:
		return scalar(n.Alias)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return "", errors.New("has no value")
	case n.Kind == yaml.ScalarNode:
		return n.Value, nil
	case n.Kind != yaml.SequenceNode:
		return "", errors.New("must be a value or a list of values")
	}
	var list []string
	for _, e := range n.Content {
		if e.Kind != yaml.ScalarNode || e.Tag == "!!null" {
			return "", errors.New("must be a list of values")
		}
		list = append(list, strings.ReplaceAll(e.Value, ",", `\,`))
	}
	return strings.Join(list, ","), nil
}

// Validate is kong's; the file was validated as it was read.
func (f *file) Validate(*kong.Application) error { return nil }

// Resolve gives a flag its value from the file, unless a variable gives it one: kong itself
// would prefer the file. The value is tried on a copy first, so that the error tells the line.
func (f *file) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := f.values[flag.Name]
	if _, set := variable(flag); set || !ok {
		return nil, nil
	}
	trial := reflect.New(flag.Target.Type()).Elem()
	if err := flag.Parse(kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: v.text}), trial); err != nil {
		return nil, fmt.Errorf("%s:%d: %s", f.name, v.line, strings.TrimPrefix(err.Error(), "--"+flag.Name+": "))
	}
	return v.text, nil
}
