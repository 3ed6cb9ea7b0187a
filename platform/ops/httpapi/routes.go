// Package httpapi serves the operator's desk. Every operation needs the operator's token.
package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Routes are the operations of the desk. now tells the age of what is pending.
func Routes(desk *ops.Desk, now func() time.Time) web.Routes {
	s := server{desk: desk, now: now}
	return func(api huma.API) {
		operator(api, get("events-status", "/v1/system/events", "Read how events stand, by schema and consumer"), s.eventsStatus)
		operator(api, get("list-held-events", "/v1/system/events/held", "List events that did not take effect"), s.listHeld)
		operator(api, get("get-held-event", "/v1/system/events/held/{module}/{id}", "Read a held event; secrets are hidden"), s.readHeld)
		operator(api, post("replay-held-event", "/v1/system/events/held/{module}/{id}/replay",
			"Let a dead event run again, and those with it that the scope names",
			"Of two that replay at once one gets 409. Those behind it follow in their order."), s.replay)
		operator(api, post("discard-held-event", "/v1/system/events/held/{module}/{id}/discard",
			"Give an event up; its sequence goes on",
			"The event never takes effect. It stays, archived."), s.discard)
		operator(api, get("task-counts", "/v1/system/tasks/counts", "Read how tasks stand, by kind and state"), s.taskCounts)
		operator(api, get("list-tasks", "/v1/system/tasks", "List tasks, the oldest first"), s.listTasks)
		operator(api, get("get-task", "/v1/system/tasks/{module}/{id}", "Read a task; secrets are hidden"), s.readTask)
		operator(api, post("retry-task", "/v1/system/tasks/{module}/{id}/retry", "Make a dead or cancelled task due", ""), s.retryTask)
		operator(api, post("cancel-task", "/v1/system/tasks/{module}/{id}/cancel", "Keep a task from running",
			"It must be due, not running at this moment, and not recur."), s.cancelTask)
		operator(api, get("list-audit", "/v1/system/audit", "List what operators decided, newest first"), s.listAudit)
	}
}

type server struct {
	desk *ops.Desk
	now  func() time.Time
}

func get(name, path, summary string) huma.Operation {
	return huma.Operation{OperationID: name, Method: http.MethodGet, Path: path, Summary: summary}
}

func post(name, path, summary, description string) huma.Operation {
	return huma.Operation{
		OperationID: name, Method: http.MethodPost, Path: path, Summary: summary, Description: description, DefaultStatus: http.StatusOK,
	}
}

// operator registers an operation that answers nobody but the operator: no handler can forget to ask.
func operator[I, O any](api huma.API, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	op.Tags, op.Security = []string{"system"}, web.Bearer()
	web.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		if err := web.Caller(ctx).RequireOperator(); err != nil {
			return nil, err
		}
		return h(ctx, in)
	})
}

// optional leaves out a time that is not there.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
