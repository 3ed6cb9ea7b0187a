package web

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
)

// commandsAfter is when a command that was not admitted may come again.
const commandsAfter = 10 * time.Second

// admitted refuses commands for as long as Options.Admit says so. A command is what is no reading; one of
// the operator goes on, because the operator may have to help, or states what has happened outside: a
// parcel that has left does not wait.
func (s *Server) admitted(c huma.Context, next func(huma.Context)) {
	e := humaecho.UnwrapV4(c)
	ctx := e.Request().Context()
	if c.Operation().Method == http.MethodGet || Caller(ctx).Operator {
		next(c)
		return
	}
	if err := s.options.Admit(); err != nil {
		answerError(RetryAfter(err, commandsAfter), e)
		return
	}
	next(c)
}
