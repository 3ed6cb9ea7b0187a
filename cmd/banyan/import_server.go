package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"sync"

	"github.com/banyan-commerce/banyan/modules/catalog/catalogfx"
	"github.com/banyan-commerce/banyan/platform/config"
)

// importThroughServer sends the feed to the server that has the files, as it is read, and shows what
// the server tells meanwhile.
func importThroughServer(ctx context.Context, c config.Config, files openImport, screen *importScreen) (catalogfx.ImportSummary, error) {
	var none catalogfx.ImportSummary
	server, err := runningServer(c)
	if err != nil {
		return none, err
	}
	body, sent := io.Pipe()
	form := multipart.NewWriter(sent)
	target := server.base + "/v1/imports?source=" + url.QueryEscape(files.source)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, body)
	if err != nil {
		return none, err
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+server.token)
	var sending sync.WaitGroup
	sending.Go(func() { sent.CloseWithError(sendForm(form, files)) })
	defer sending.Wait()
	// Whatever is unsent when the answer is complete stays so.
	defer body.Close()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return none, unreachable(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return none, problemOf(response)
	}
	return followImport(response.Body, screen)
}

func sendForm(form *multipart.Writer, files openImport) error {
	for _, part := range []struct {
		name string
		from io.Reader
	}{{"mapping", files.mapping}, {"feed", files.feed}} {
		w, err := form.CreateFormFile(part.name, part.name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, part.from); err != nil {
			return err
		}
	}
	return form.Close()
}

// serverLine is one line of the server's answer.
type serverLine struct {
	Type string `json:"type"`

	Line   int    `json:"line"`
	Column string `json:"column"`
	Value  string `json:"value"`
	Reason string `json:"reason"`

	Bytes     int64 `json:"bytes"`
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`

	Code    string `json:"code"`
	Message string `json:"message"`
}

func (l serverLine) summary() catalogfx.ImportSummary {
	return catalogfx.ImportSummary{
		Read: l.Read, Created: l.Created, Updated: l.Updated, Unchanged: l.Unchanged, Rejected: l.Rejected,
	}
}

func (l serverLine) why() string {
	text := fmt.Sprintf("line %d", l.Line)
	if l.Column != "" {
		text += fmt.Sprintf(", column %q", l.Column)
	}
	if l.Value != "" {
		text += fmt.Sprintf(": %q", l.Value)
	}
	return text + ": " + l.Reason
}

var errImportCut = errors.New("the server's answer ended before the import did; import again to go on")

func followImport(answer io.Reader, screen *importScreen) (catalogfx.ImportSummary, error) {
	var last catalogfx.ImportSummary
	decoder := json.NewDecoder(answer)
	for {
		var l serverLine
		if err := decoder.Decode(&l); err != nil {
			return last, fmt.Errorf("%w: %w", errImportCut, err)
		}
		switch l.Type {
		case "rejected":
			screen.rejected(l.why())
		case "progress":
			last = l.summary()
			screen.progress(l.Bytes, last)
		case "done":
			return l.summary(), nil
		case "failed":
			return l.summary(), errors.New(l.Code + ": " + l.Message)
		}
	}
}
