package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

// scoped gives a request its name and its caller, and every answer the headers that all have.
func (s *Server) scoped(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		trace := telemetry.ReadTrace(r.Header)
		if trace.RequestID == "" {
			trace.RequestID = id.New().String()
		}
		sc := &scope{
			requestID: trace.RequestID,
			caller:    s.options.Keys.Identify(bearer(r.Header.Get("Authorization"))),
			draining:  s.draining,
			log:       s.options.Log,
		}
		c.SetRequest(r.WithContext(telemetry.WithTrace(withScope(r.Context(), sc), trace)))
		h := c.Response().Header()
		h.Set("X-Request-Id", sc.requestID)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store") // answers hold tokens and stock of this moment
		unescapeParams(c)
		return next(c)
	}
}

// bearer is the token of an Authorization header (RFC 6750); empty for any other scheme.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// unescapeParams undoes the %2F that echo leaves in path parameters.
func unescapeParams(c echo.Context) {
	if c.Request().URL.RawPath == "" {
		return
	}
	values := append([]string(nil), c.ParamValues()...)
	for i, v := range values {
		if plain, err := url.PathUnescape(v); err == nil {
			values[i] = plain
		}
	}
	c.SetParamValues(values...)
}

// observed counts and logs the request once it has an answer, whatever becomes of it. The query is
// left out of the log: it may hold an address or a token.
func (s *Server) observed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin := s.options.Now()
		s.metrics.inFlight.Inc()
		defer func() {
			s.metrics.inFlight.Dec()
			took := s.options.Now().Sub(begin)
			s.metrics.observe(c, took)
			s.logAccess(c, took)
		}()
		if err := next(c); err != nil {
			c.Error(err)
		}
		return nil
	}
}

func (s *Server) logAccess(c echo.Context, took time.Duration) {
	r, w := c.Request(), c.Response()
	level := slog.LevelInfo
	if (r.Method == http.MethodGet && w.Status < http.StatusInternalServerError) || w.Status == statusClientGone {
		level = slog.LevelDebug
	}
	s.options.Log.LogAttrs(r.Context(), level, "request",
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", w.Status),
		slog.Int64("bytes", w.Size),
		slog.Duration("took", took),
	)
}

// fenced turns a panic into an error. Where an answer has begun, only cutting the connection tells
// the client that it is not whole.
func fenced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares the value itself
				panic(cause)
			}
			ctx := c.Request().Context()
			logger(ctx).LogAttrs(ctx, slog.LevelError, "panic", slog.Any("error", cause), slog.String("stack", string(debug.Stack())))
			if c.Response().Committed {
				panic(http.ErrAbortHandler)
			}
			err = problemOf(http.StatusInternalServerError)
		}()
		return next(c)
	}
}

// answerError is echo's error handler: 404 and 405 of the router, panics, and errors of own pages.
func answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	ctx := c.Request().Context()
	p := problemOfEcho(err)
	if p == nil {
		p = problemFrom(ctx, err)
	}
	p.RequestID = RequestID(ctx)
	h := c.Response().Header()
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	h.Set("Content-Type", p.ContentType(""))
	c.Response().WriteHeader(p.Status)
	if err := marshal(c.Response(), p); err != nil {
		panic(fmt.Errorf("write problem: %w", err))
	}
}

func problemOfEcho(err error) *Problem {
	var own *Problem
	var routing *echo.HTTPError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &routing) && routing.Code < http.StatusInternalServerError:
		return problemOf(routing.Code)
	}
	return nil
}
