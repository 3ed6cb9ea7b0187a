package web

import (
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
)

// limited holds an operation's body to its size and its form.
func (s *Server) limited(c huma.Context, next func(huma.Context)) {
	op := c.Operation()
	e := humaecho.UnwrapV4(c)
	r := e.Request()
	if op.MaxBodyBytes > 0 {
		if r.ContentLength >= op.MaxBodyBytes {
			answerError(problemOf(http.StatusRequestEntityTooLarge), e)
			return
		}
		r.Body = http.MaxBytesReader(e.Response(), r.Body, op.MaxBodyBytes)
	}
	if op.RequestBody != nil && r.ContentLength != 0 && !readable(op, r.Header) {
		answerError(problemOf(http.StatusUnsupportedMediaType), e)
		return
	}
	next(c)
}

// timed holds an operation to its time, unless its body is a stream.
func (s *Server) timed(c huma.Context, next func(huma.Context)) {
	if streams(c.Operation()) {
		control := http.NewResponseController(humaecho.UnwrapV4(c).Response())
		_ = control.SetReadDeadline(time.Time{}) // a recorder in a test has none to set
		_ = control.SetWriteDeadline(time.Time{})
		next(c)
		return
	}
	c, cancel := withTimeout(c, s.options.Timeout)
	defer cancel()
	next(c)
}

// readable says whether the operation reads a body of this Content-Type. Without the header nothing
// is guessed: a form of another site can send a body with no type or a plain one, but no JSON.
func readable(op *huma.Operation, h http.Header) bool {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return false
	}
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return false
	}
	if strings.HasSuffix(media, "+json") {
		media = "application/json"
	}
	_, ok := op.RequestBody.Content[media]
	return ok
}
