package api

import (
	_ "embed"
	"net/http"
)

// Description is the API as an OpenAPI 3.1 document, in YAML.
//
//go:embed openapi.yaml
var Description []byte

func describe(r *http.Request) (answer, error) {
	if err := only(r); err != nil {
		return answer{}, err
	}
	return ok(response{status: http.StatusOK, kind: "application/yaml", body: Description})
}
