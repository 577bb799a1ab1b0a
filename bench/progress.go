package main

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress tells a person how far it is.
type progress interface {
	total(n int)
	begins(name string)
	finished(name, how string)
	done()
}

// newProgress returns a bar for a terminal, lines for anything else.
func newProgress(w io.Writer) progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{w: w}
	}
	return &lines{w: w}
}

type lines struct {
	w    io.Writer
	n, i int
}

func (l *lines) total(n int)   { l.n = n }
func (l *lines) begins(string) {}
func (l *lines) done()         {}
func (l *lines) finished(name, how string) {
	l.i++
	fmt.Fprintf(l.w, "[%d/%d] %s: %s\n", l.i, l.n, name, how)
}

type bar struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

func (b *bar) total(n int) {
	b.bar = progressbar.NewOptions(n, progressbar.OptionSetWriter(b.w), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetElapsedTime(true), progressbar.OptionEnableColorCodes(false))
}

// The bar is only a display: where it cannot be drawn, there is nothing to be done about it.

func (b *bar) begins(name string) {
	b.bar.Describe(name)
	_ = b.bar.RenderBlank()
}

func (b *bar) finished(name, how string) {
	_ = b.bar.Clear()
	fmt.Fprintf(b.w, "%s: %s\n", name, how)
	_ = b.bar.Add(1)
}

func (b *bar) done() { _ = b.bar.Finish() }
