package acmetest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// order is for one name, with one authorization.
type order struct {
	name     string
	token    string
	status   string // of the order: pending, ready, valid, invalid
	kinds    []string
	problem  *problem
	tried    string // the type of the challenge that was answered
	chain    []byte
	disowned bool
}

func (ca *CA) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /directory", func(w http.ResponseWriter, r *http.Request) {
		u := ca.server.URL
		ca.reply(w, 200, map[string]any{"newNonce": u + "/nonce", "newAccount": u + "/account", "newOrder": u + "/order"})
	})
	mux.HandleFunc("/nonce", func(w http.ResponseWriter, r *http.Request) { ca.reply(w, 200, nil) })
	for pattern, handle := range map[string]func(*http.Request, []byte, *ecdsa.PublicKey, int) (answer, error){
		"POST /account": ca.account, "POST /order": ca.newOrder, "POST /order/{n}": ca.order, "POST /authz/{n}": ca.authz,
		"POST /challenge/{n}/{kind}": ca.challenge, "POST /finalize/{n}": ca.finalize, "POST /certificate/{n}": ca.certificate,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			payload, key, who, err := ca.signed(r)
			var a answer
			if err == nil {
				a, err = handle(r, payload, key, who)
			}
			if err != nil {
				p, ok := err.(*problem)
				if !ok {
					p = wrong(500, "serverInternal", err.Error())
				}
				ca.reply(w, p.Status, p)
				return
			}
			if a.location != "" {
				w.Header().Set("Location", ca.server.URL+a.location)
			}
			ca.reply(w, a.status, a.body)
		})
	}
	return mux
}

type answer struct {
	status   int
	location string
	body     any // []byte: as it is
}

func (ca *CA) reply(w http.ResponseWriter, status int, body any) {
	nonce := rand.Text()
	ca.mu.Lock()
	ca.nonces[nonce] = true
	ca.mu.Unlock()
	w.Header().Set("Replay-Nonce", nonce)
	if chain, ok := body.([]byte); ok {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.WriteHeader(status)
		_, _ = w.Write(chain)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

func (ca *CA) account(_ *http.Request, payload []byte, key *ecdsa.PublicKey, who int) (answer, error) {
	var asked struct {
		Contact   []string
		Agreed    bool `json:"termsOfServiceAgreed"`
		OnlyFound bool `json:"onlyReturnExisting"`
	}
	if err := json.Unmarshal(payload, &asked); err != nil {
		return answer{}, wrong(400, "malformed", err.Error())
	}
	status := 200
	if who < 0 {
		if asked.OnlyFound {
			return answer{}, wrong(400, "accountDoesNotExist", "no such account")
		}
		ca.mu.Lock()
		ca.accounts = append(ca.accounts, account{key, asked.Contact})
		who, status = len(ca.accounts)-1, 201
		ca.mu.Unlock()
	}
	return answer{status, fmt.Sprint("/account/", who), map[string]any{"status": "valid", "contact": asked.Contact}}, nil
}

func (ca *CA) newOrder(r *http.Request, payload []byte, _ *ecdsa.PublicKey, _ int) (answer, error) {
	var asked struct {
		Identifiers []struct{ Type, Value string }
	}
	if err := json.Unmarshal(payload, &asked); err != nil || len(asked.Identifiers) != 1 {
		return answer{}, wrong(400, "malformed", "one name is wanted")
	}
	o := &order{name: asked.Identifiers[0].Value, token: rand.Text(), status: "pending", kinds: []string{"http-01", "tls-alpn-01"}}
	ca.mu.Lock()
	if ca.only != "" {
		o.kinds = []string{ca.only}
	}
	ca.orders = append(ca.orders, o)
	n, stall, stalls := len(ca.orders)-1, ca.stall, ca.stalls
	refuses, refused := ca.refuses, ca.refuses != "" && n >= ca.from
	ca.mu.Unlock()
	if stall != nil && n >= stalls {
		select {
		case <-stall:
		case <-r.Context().Done():
		}
	}
	if refused {
		return answer{}, wrong(403, refuses, "refused, as the test wants it")
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return answer{201, fmt.Sprint("/order/", n), ca.show(n)}, nil
}

// show is an order as its owner sees it. ca.mu is held.
func (ca *CA) show(n int) map[string]any {
	o, u := ca.orders[n], ca.server.URL
	v := map[string]any{
		"status": o.status, "identifiers": []any{map[string]any{"type": "dns", "value": o.name}},
		"authorizations": []string{fmt.Sprint(u, "/authz/", n)}, "finalize": fmt.Sprint(u, "/finalize/", n),
	}
	if o.status == "valid" {
		v["certificate"] = fmt.Sprint(u, "/certificate/", n)
	}
	return v
}

// find is the order that a path names. ca.mu is held.
func (ca *CA) find(r *http.Request) (int, *order, error) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(ca.orders) {
		return 0, nil, wrong(404, "malformed", "no such order")
	}
	return n, ca.orders[n], nil
}

func (ca *CA) order(r *http.Request, _ []byte, _ *ecdsa.PublicKey, _ int) (answer, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	n, _, err := ca.find(r)
	if err != nil {
		return answer{}, err
	}
	return answer{200, fmt.Sprint("/order/", n), ca.show(n)}, nil
}

func (ca *CA) authz(r *http.Request, payload []byte, _ *ecdsa.PublicKey, _ int) (answer, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	n, o, err := ca.find(r)
	if err != nil {
		return answer{}, err
	}
	if len(payload) > 0 { // {"status":"deactivated"}
		o.disowned = true
	}
	status := map[string]string{"pending": "pending", "ready": "valid", "valid": "valid", "invalid": "invalid"}[o.status]
	if o.disowned {
		status = "deactivated"
	}
	var challenges []any
	for _, kind := range o.kinds {
		challenges = append(challenges, ca.showChallenge(n, kind))
	}
	return answer{200, "", map[string]any{
		"status": status, "identifier": map[string]any{"type": "dns", "value": o.name}, "challenges": challenges,
	}}, nil
}

func (ca *CA) showChallenge(n int, kind string) map[string]any {
	o := ca.orders[n]
	v := map[string]any{"type": kind, "url": fmt.Sprint(ca.server.URL, "/challenge/", n, "/", kind), "token": o.token, "status": "pending"}
	switch {
	case kind != o.tried:
	case o.problem != nil:
		v["status"], v["error"] = "invalid", o.problem
	default:
		v["status"] = "valid"
	}
	return v
}

// challenge validates at once, so that nobody need ask twice.
func (ca *CA) challenge(r *http.Request, _ []byte, key *ecdsa.PublicKey, _ int) (answer, error) {
	<-ca.reached
	kind := r.PathValue("kind")
	ca.mu.Lock()
	n, o, err := ca.find(r)
	tlsAddr, httpAddr := ca.tls, ca.http
	ca.mu.Unlock()
	if err != nil {
		return answer{}, err
	}
	proof := o.token + "." + thumbprint(key)
	switch kind {
	case "tls-alpn-01":
		err = validateTLS(r.Context(), tlsAddr, o.name, proof)
	case "http-01":
		err = validateHTTP(r.Context(), httpAddr, o.name, o.token, proof)
	default:
		err = wrong(404, "malformed", "no such challenge")
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	if o.tried = kind; err != nil {
		o.status, o.problem = "invalid", wrong(0, "unauthorized", err.Error())
	} else {
		o.status = "ready"
	}
	return answer{200, "", ca.showChallenge(n, kind)}, nil
}

func (ca *CA) finalize(r *http.Request, payload []byte, _ *ecdsa.PublicKey, _ int) (answer, error) {
	var asked struct{ CSR string }
	if err := json.Unmarshal(payload, &asked); err != nil {
		return answer{}, wrong(400, "malformed", err.Error())
	}
	der, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		return answer{}, wrong(400, "badCSR", err.Error())
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return answer{}, wrong(400, "badCSR", err.Error())
	}
	ca.mu.Lock()
	defer ca.mu.Unlock()
	n, o, err := ca.find(r)
	switch {
	case err != nil:
		return answer{}, err
	case o.status != "ready":
		return answer{}, wrong(403, "orderNotReady", "it is "+o.status)
	case csr.CheckSignature() != nil || len(csr.DNSNames) != 1 || csr.DNSNames[0] != o.name:
		return answer{}, wrong(400, "badCSR", "it is not signed, or for another name")
	}
	if o.chain, err = ca.issue(csr); err != nil {
		return answer{}, err
	}
	o.status = "valid"
	return answer{200, fmt.Sprint("/order/", n), ca.show(n)}, nil
}

func (ca *CA) certificate(r *http.Request, _ []byte, _ *ecdsa.PublicKey, _ int) (answer, error) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	_, o, err := ca.find(r)
	if err != nil {
		return answer{}, err
	}
	return answer{200, "", o.chain}, nil
}
