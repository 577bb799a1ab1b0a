package web

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	styles = regexp.MustCompile(`(?:\s*<link rel="stylesheet" href="[^"]+" />)+`)
	named  = regexp.MustCompile(`(?:src|href)="(app/[^"]+)"`)
)

// addPage adds index.html and all that it names. It is written with a file for each thing and
// sent with one style sheet and one script, made of those by putting them one after the other:
// five answers in place of fifty, and a third of the bytes. Each name has a hash of the content
// in it, so that only the page itself needs to be asked for again.
func (all assets) addPage(files fs.FS) error {
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return err
	}
	var sheet bytes.Buffer
	for _, m := range named.FindAllSubmatch(page, -1) {
		name := string(m[1])
		body, err := fs.ReadFile(files, name)
		switch path.Ext(name) {
		case ".css":
			sheet.Write(body)
			continue
		case ".js":
			body, err = join(files, name)
		}
		if err != nil {
			return err
		}
		page = bytes.ReplaceAll(page, m[0], bytes.Replace(m[0], m[1], []byte(all.addHashed(name, body)), 1))
	}
	link := `<link rel="stylesheet" href="` + all.addHashed("app/style.css", sheet.Bytes()) + `" />`
	first := true
	page = styles.ReplaceAllFunc(page, func([]byte) []byte {
		defer func() { first = false }()
		if first {
			return []byte("\n    " + link)
		}
		return nil
	})
	all.add("/", ".html", page)
	return nil
}

// addHashed adds a file that never changes under the name that it returns.
func (all assets) addHashed(name string, body []byte) string {
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hash(body) + ext
	all.add("/"+hashed, ext, body).lasting()
	return hashed
}
