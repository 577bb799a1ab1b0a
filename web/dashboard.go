package web

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
)

// The dashboard runs its own scripts and styles, and talks to where it came from.
const dashboardPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// dashboardSheets are its style: that of the page, and what is its own.
var dashboardSheets = []string{
	"app/tokens.css", "app/base.css", "dashboard/frame.css", "dashboard/overview.css", "dashboard/plot.css", "dashboard/map.css",
	"dashboard/engines.css", "dashboard/rooms.css",
}

var dashboard = loadDashboard(files)

// loadDashboard makes one sheet and one script of its files, as addPage does for the page.
func loadDashboard(files fs.FS) assets {
	all := assets{}
	var sheet bytes.Buffer
	for _, name := range dashboardSheets {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err) // the files are part of the program
		}
		sheet.Write(body)
	}
	script, err := join(files, "dashboard/main.js")
	if err != nil {
		panic(err)
	}
	all.add("/dashboard/style.css", ".css", sheet.Bytes())
	all.add("/dashboard/main.js", ".js", script)
	for served, name := range map[string]string{
		"/dashboard/": "dashboard/index.html", "/dashboard/early.js": "app/early.js", "/dashboard/icon.svg": "app/icon.svg",
	} {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err)
		}
		all.add(served, path.Ext(name), body)
	}
	return all
}

// Dashboard serves the operators' page at "/dashboard/". It holds no data: what it shows it asks
// for at "/api/v1/", with the token that it is given.
func Dashboard() http.Handler {
	return dashboard.handler(dashboardPolicy, "camera=(), microphone=(), display-capture=(), geolocation=(), payment=(), usb=()")
}
