package web

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// The forms in which modules of ours refer to each other; each is a line of its own.
var (
	importing   = regexp.MustCompile(`^import \{ (\w+(?:, \w+)*) \} from '(\.[^']+)'$`)
	reexporting = regexp.MustCompile(`^export \{ (\w+(?:, \w+)*) \} from '(\.[^']+)'$`)
	exporting   = regexp.MustCompile(`^export ((?:async )?(?:function|class|const) (\w+).*)$`)
)

// joiner makes one script of many modules: text, put in order.
type joiner struct {
	files fs.FS
	out   bytes.Buffer
	seen  map[string]bool // modules by path; false while what they import is being written
}

// join writes a module and, before it, all that it imports, as one module. Each becomes a
// function that is called once, in which names mean what they mean there; lines stay lines. The
// last one stays at the top level, where it may await.
func join(files fs.FS, module string) ([]byte, error) {
	j := joiner{files: files, seen: map[string]bool{}}
	if err := j.add(module, true); err != nil {
		return nil, err
	}
	return j.out.Bytes(), nil
}

func (j *joiner) add(module string, last bool) error {
	if done, known := j.seen[module]; known {
		if !done {
			return fmt.Errorf("web: %s imports itself, through others", module)
		}
		return nil
	}
	j.seen[module] = false
	source, err := fs.ReadFile(j.files, module)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	var exports []string
	for n, line := range strings.Split(string(withoutComments(source)), "\n") {
		line, export, err := j.line(module, line)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", module, n+1, err)
		}
		exports = append(exports, export...)
		if line != "" {
			body.WriteString(line + "\n")
		}
	}
	j.seen[module] = true
	if last {
		fmt.Fprintf(&j.out, "// %s\n%s", module, &body)
		return nil
	}
	fmt.Fprintf(&j.out, "// %s\nconst %s = (() => {\n%sreturn { %s }\n})();\n", module, variable(module), &body, strings.Join(exports, ", "))
	return nil
}

// line is what becomes of a line, and what it exports.
func (j *joiner) line(module, line string) (out string, exports []string, err error) {
	if m := exporting.FindStringSubmatch(line); m != nil {
		return m[1], m[2:], nil
	}
	if m := importing.FindStringSubmatch(line); m != nil {
		from := path.Join(path.Dir(module), m[2])
		return fmt.Sprintf("const { %s } = %s", m[1], variable(from)), nil, j.add(from, false)
	}
	if m := reexporting.FindStringSubmatch(line); m != nil {
		from := path.Join(path.Dir(module), m[2])
		for _, name := range strings.Split(m[1], ", ") {
			exports = append(exports, name+": "+variable(from)+"."+name)
		}
		return "", exports, j.add(from, false)
	}
	if strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "export ") {
		return "", nil, fmt.Errorf("%q is no form in which modules can be joined", line)
	}
	return line, nil, nil
}

// variable is the name that a module's exports have in the joined script.
func variable(module string) string {
	return "$" + strings.NewReplacer("/", "_", ".", "_").Replace(strings.TrimSuffix(module, ".js"))
}
