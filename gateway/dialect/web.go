package dialect

import "net/http"

// Web is a Dialect that answers plain HTTP too.
type Web interface {
	Dialect
	// HTTP serves what is no upgrade: at the path of the dialect's route and below, with that
	// path taken off the request's URL (at the path itself, "" is left). The gateway asks it
	// before its own Options.HTTP.
	HTTP() http.Handler
}
