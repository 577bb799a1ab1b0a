package browsertest

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// look takes pictures of what the window shows, in four sizes, both themes and both languages,
// for somebody to look at: into the folder that PARLEY_SCREENSHOTS names; else it does nothing.
func (p *person) look(view string) {
	dir := os.Getenv("PARLEY_SCREENSHOTS")
	if dir == "" {
		return
	}
	p.t.Helper()
	language := eval[string](p, `document.documentElement.lang`)
	for _, lang := range []string{"en", "zh-CN"} {
		p.speaks(lang)
		for _, theme := range []string{"light", "dark"} {
			p.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}))
			for _, size := range [][2]int64{{360, 740}, {768, 1024}, {1280, 800}, {1920, 1080}} {
				p.run(emulation.SetDeviceMetricsOverride(size[0], size[1], 1, false))
				eval[bool](p, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
				var png []byte
				p.run(chromedp.CaptureScreenshot(&png))
				name := fmt.Sprintf("%s.%s.%s.%d.png", view, lang[:2], theme, size[0])
				require.NoError(p.t, os.WriteFile(filepath.Join(dir, name), png, 0o600))
			}
		}
	}
	p.speaks(language)
	p.run(emulation.ClearDeviceMetricsOverride(), emulation.SetEmulatedMedia())
}

// speaks switches the page to a language.
func (p *person) speaks(lang string) {
	p.t.Helper()
	p.run(chromedp.Evaluate(fmt.Sprintf(`document.documentElement.lang === %q || document.querySelector('#language').click()`, lang), nil))
}
