package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// Check says whether something that requests need can be reached; wiring collects checks in the fx
// group "health".
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// checkLimit is shorter than the patience of those who ask.
const checkLimit = 2 * time.Second

// alive answers as long as the process serves at all: who restarts it on a failure must not do so
// because a database is away.
func alive(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "alive"})
}

// ready answers whether requests should be sent here. It names what is not well and logs why.
func (s *Server) ready(c echo.Context) error {
	if s.isDraining() {
		p := problemOf(http.StatusServiceUnavailable)
		p.Code, p.Detail = "draining", "The server is stopping."
		return p
	}
	if unwell := s.unwell(c.Request().Context()); len(unwell) > 0 {
		p := problemOf(http.StatusServiceUnavailable)
		p.Code, p.Detail, p.Errors = "not_ready", "Something that requests need can't be reached.", unwell
		return p
	}
	return c.JSON(http.StatusOK, map[string]string{"status": "ready"})
}

func (s *Server) unwell(ctx context.Context) []fault.Field {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	failures := make([]error, len(s.options.Checks))
	var all sync.WaitGroup
	for i, check := range s.options.Checks {
		all.Go(func() { failures[i] = check.Run(ctx) })
	}
	all.Wait()
	var fields []fault.Field
	for i, err := range failures {
		if err == nil {
			continue
		}
		name := s.options.Checks[i].Name
		s.options.Log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("check", name), slog.Any("error", err))
		fields = append(fields, fault.Field{Location: name, Message: "can't be reached"})
	}
	return fields
}
