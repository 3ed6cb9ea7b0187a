package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// Check says whether something that requests need can be reached; wiring collects checks in the fx
// group "health".
type Check struct {
	Name string
	Run  func(ctx context.Context) error

	Degrades bool // its failure is told, and requests are sent here all the same: elsewhere it would be no better

	// Limit marks a measure that somebody takes and logs anyway: its failure is told as above its limit, and not
	// as something that can't be reached.
	Limit bool

	// Part marks what only some requests need, such as one module's database. Its failure is told, and takes
	// the others' requests away only when no part is well.
	Part bool
}

// checkLimit is shorter than the patience of those who ask.
const checkLimit = 2 * time.Second

// alive answers as long as the process serves at all: who restarts it on a failure must not do so
// because a database is away.
func alive(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "alive"})
}

// readiness is the answer of /readyz when requests should be sent here.
type readiness struct {
	Status   string        `json:"status"` // ready or degraded
	Degraded []fault.Field `json:"degraded,omitempty"`
}

// ready answers whether requests should be sent here. It names what is not well and logs why.
func (s *Server) ready(c echo.Context) error {
	if s.isDraining() {
		p := problemOf(http.StatusServiceUnavailable)
		p.Code, p.Detail = "draining", "The server is stopping."
		return p
	}
	unwell, degraded := s.unwell(c.Request().Context())
	if len(unwell) > 0 {
		p := problemOf(http.StatusServiceUnavailable)
		p.Code, p.Detail, p.Errors = "not_ready", "Something that requests need can't be reached.", unwell
		return p
	}
	if len(degraded) > 0 {
		return c.JSON(http.StatusOK, readiness{Status: "degraded", Degraded: degraded})
	}
	return c.JSON(http.StatusOK, readiness{Status: "ready"})
}

// unwell runs all checks at once.
func (s *Server) unwell(ctx context.Context) (unwell, degraded []fault.Field) {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	failures := make([]error, len(s.options.Checks))
	var all sync.WaitGroup
	for i, check := range s.options.Checks {
		all.Go(func() {
			_, failures[i] = boundary.Within(ctx, s.options.Log, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, check.Run(ctx)
			})
		})
	}
	all.Wait()
	anyPart := false
	for i, err := range failures {
		anyPart = anyPart || s.options.Checks[i].Part && err == nil
	}
	for i, err := range failures {
		check := s.options.Checks[i]
		switch {
		case err == nil:
		case check.Degrades && check.Limit:
			degraded = append(degraded, fault.Field{Location: check.Name, Message: "is above its limit"})
		case check.Degrades, check.Part && anyPart:
			degraded = append(degraded, s.unreached(ctx, check, err))
		default:
			unwell = append(unwell, s.unreached(ctx, check, err))
		}
	}
	return unwell, degraded
}

func (s *Server) unreached(ctx context.Context, check Check, err error) fault.Field {
	s.options.Log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("check", check.Name), slog.Any("error", err))
	message := "can't be reached"
	if errors.Is(err, sqldb.ErrFenced) {
		message = "is being moved to another database"
	}
	return fault.Field{Location: check.Name, Message: message}
}
