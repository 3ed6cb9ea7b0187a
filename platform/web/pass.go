package web

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/banyan-commerce/banyan/platform/boundary"
)

// Passing is a request for an operation of a module, on its way there. Options.Route decides which way: it
// calls Here, or writes an answer that it has from elsewhere, or calls Fail. The time limit of requests and
// the module's budget hold for it whatever the way; what the operation asks of its input is asked Here.
type Passing struct {
	Module    string
	Operation string // such as "GET /v1/orders/{id}"
	Streams   bool   // its body is a stream that may take long

	server *Server
	echo   echo.Context
	huma   huma.Context
	next   func(huma.Context)
}

// passed lets Options.Route choose a request's way. What is the platform's has one only.
func (s *Server) passed(c huma.Context, next func(huma.Context)) {
	op := c.Operation()
	o := s.owners.of(op)
	if s.options.Route == nil || o.module == boundary.Platform {
		next(c)
		return
	}
	s.options.Route(&Passing{
		Module: o.module, Operation: op.Method + " " + op.Path, Streams: streams(op),
		server: s, echo: humaecho.UnwrapV4(c), huma: c, next: next,
	})
}

// Request is the request as it came, with the context that ends with its client or its time.
func (p *Passing) Request() *http.Request {
	return p.echo.Request().WithContext(p.huma.Context())
}

// Subject is what the path names first, such as the ID of an order; empty if it names nothing.
func (p *Passing) Subject() string {
	if values := p.echo.ParamValues(); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Writer takes an answer from elsewhere.
func (p *Passing) Writer() http.ResponseWriter { return p.echo.Response() }

// Status is that of the answer that has been given.
func (p *Passing) Status() int { return p.echo.Response().Status }

// Here runs the operation in this process on r, which is Request or has another body; on the request as it
// came if r is nil. What it writes goes through wrap, if that is not nil, to the client.
func (p *Passing) Here(r *http.Request, wrap func(http.ResponseWriter) http.ResponseWriter) {
	if r != nil {
		p.echo.SetRequest(r)
	}
	if wrap != nil {
		p.echo.Response().Writer = wrap(p.echo.Response().Writer)
	}
	p.next(p.huma)
}

// Fail answers with the problem that err is.
func (p *Passing) Fail(err error) { answerError(err, p.echo) }

// Server is where the request came in, for asking it something again.
func (p *Passing) Server() http.Handler { return p.server }
