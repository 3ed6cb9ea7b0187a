package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/assembly"
	"github.com/banyan-commerce/banyan/platform/access"
	"github.com/banyan-commerce/banyan/platform/config"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/ops/httpapi"
	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/route/board"
	"github.com/banyan-commerce/banyan/platform/sqldb"
	"github.com/banyan-commerce/banyan/platform/web"
)

// desk is where the commands for operators send their requests: to the server that has the SQLite files,
// or else to the same operations in this process, which work on the database directly.
type desk struct {
	server

	via   http.RoundTripper
	close func() error
	away  func(error) error // tells of a server that does not answer, whose error it is given; may be nil
}

func openDesk(ctx context.Context, c config.Config) (*desk, error) {
	d, err := openDirectDesk(ctx, c)
	if !errors.Is(err, sqldb.ErrLocked) {
		return d, err
	}
	to, err := runningServer(c)
	if err != nil {
		return nil, err
	}
	return &desk{server: to, via: http.DefaultTransport, close: func() error { return nil }, away: unreachable}, nil
}

// openDirectDesk opens the schemas. Tables of the embedded default are brought up to date first; those of
// a server that others use are not touched by a command that looks.
func openDirectDesk(ctx context.Context, c config.Config) (_ *desk, err error) {
	if c.Embedded() && bool(c.Migrate) {
		if err := assembly.Migrate(ctx, c, func(string, int) {}); err != nil {
			return nil, err
		}
	}
	schemas := c.Schemas()
	var open []*sqldb.DB
	closeAll := func() error {
		var errs []error
		for _, db := range open {
			errs = append(errs, db.Close())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	for _, m := range assembly.Hosted(c) {
		db, err := schemas.Open(ctx, m.Name)
		if err != nil {
			return nil, err
		}
		open = append(open, db)
	}
	now := time.Now //nolint:forbidigo // a command chooses its clock
	token := rand.Text()
	operations := web.New(web.Options{
		Keys: access.NewKeys(token, []byte(rand.Text())), Now: now,
		Routes: []web.Routes{
			httpapi.Routes(ops.New(open, now), now),
			board.Routes(route.NewBook(open, c.Routes.Texts(), now), nil, assembly.ModuleNames()),
		},
	})
	return &desk{server: server{"http://desk", token}, via: inProcess{operations}, close: closeAll}, nil
}

// ask sends one request and answers the body of its answer. A problem is an error.
func (d *desk) ask(ctx context.Context, method, path string, body any) ([]byte, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, d.base+path, sent)
	if err != nil {
		return nil, err
	}
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{Transport: d.via}
	response, err := client.Do(r)
	if err != nil && d.away != nil {
		err = d.away(err)
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, problemOf(response)
	}
	return io.ReadAll(response.Body)
}

// inProcess answers requests by a handler, without a network.
type inProcess struct{ http.Handler }

// RoundTrip is of http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	p.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
