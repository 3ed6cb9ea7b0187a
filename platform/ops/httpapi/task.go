package httpapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/task"
	"github.com/banyan-commerce/banyan/platform/web"
)

type taskCountBody struct {
	Module string `json:"module"`
	Kind   string `json:"kind"`
	State  string `json:"state" doc:"due, running, dead or cancelled."`
	Count  int64  `json:"count"`
}

type taskCountsOutput struct {
	Body struct {
		Items []taskCountBody `json:"items"`
	}
}

func (s server) taskCounts(ctx context.Context, _ *struct{}) (*taskCountsOutput, error) {
	counts, err := s.desk.TaskCounts(ctx)
	if err != nil {
		return nil, err
	}
	var out taskCountsOutput
	out.Body.Items = make([]taskCountBody, len(counts))
	for i, c := range counts {
		out.Body.Items[i] = taskCountBody{c.Module, c.It.Kind, c.It.State, c.It.N}
	}
	return &out, nil
}

type taskBody struct {
	Module       string          `json:"module"`
	ID           id.UUID         `json:"id"`
	Kind         string          `json:"kind"`
	Key          string          `json:"key"`
	State        string          `json:"state" doc:"due, dead or cancelled."`
	Running      bool            `json:"running" doc:"A server runs it at this moment."`
	RunAt        time.Time       `json:"run_at"`
	EverySeconds float64         `json:"every_seconds,omitempty" doc:"Of a recurring task."`
	Attempts     int             `json:"attempts"`
	Error        string          `json:"error" doc:"Of the last run; of a cancelled task, the reason."`
	CreatedAt    time.Time       `json:"created_at"`
	Payload      json.RawMessage `json:"payload,omitempty" doc:"Only of a single task. Secrets are hidden."`
}

func renderTask(t ops.Task) taskBody {
	return taskBody{
		Module: t.Module, ID: t.It.ID, Kind: t.It.Kind, Key: t.It.Key, State: t.It.State, Running: t.It.Running, RunAt: t.It.RunAt,
		EverySeconds: t.It.Every.Seconds(), Attempts: t.It.Attempts, Error: t.It.Error, CreatedAt: t.It.CreatedAt, Payload: t.It.Payload,
	}
}

type taskListInput struct {
	Module string `query:"module"`
	Kind   string `query:"kind"`
	State  string `query:"state" enum:"due,dead,cancelled"`
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// idCursor is the last row of a page.
type idCursor struct {
	ID id.UUID `json:"i"`
}

func decodeID(cursor string) (id.UUID, error) {
	var from idCursor
	if cursor == "" {
		return from.ID, nil
	}
	err := web.DecodeCursor(cursor, &from)
	return from.ID, err
}

type taskListOutput struct{ Body web.Page[taskBody] }

func (s server) listTasks(ctx context.Context, in *taskListInput) (*taskListOutput, error) {
	after, err := decodeID(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := s.desk.Tasks(ctx, ops.TaskFilter{
		Filter: task.Filter{Kind: in.Kind, State: in.State, After: after, Limit: in.Limit + 1},
		Module: in.Module,
	})
	if err != nil {
		return nil, err
	}
	return &taskListOutput{Body: web.PageOf(list, in.Limit, renderTask, func(t ops.Task) any { return idCursor{t.It.ID} })}, nil
}

type taskPath struct {
	Module string `path:"module"`
	ID     string `path:"id"`
}

// parseTask returns task.ErrNotFound for text that is no ID.
func parseTask(text string) (id.UUID, error) {
	taskID, err := id.Parse(text)
	if err != nil {
		return taskID, task.ErrNotFound
	}
	return taskID, nil
}

type taskOutput struct{ Body taskBody }

func (s server) readTask(ctx context.Context, in *taskPath) (*taskOutput, error) {
	taskID, err := parseTask(in.ID)
	if err != nil {
		return nil, err
	}
	t, err := s.desk.ShowTask(ctx, in.Module, taskID)
	if err != nil {
		return nil, err
	}
	return &taskOutput{Body: renderTask(t)}, nil
}

func (s server) retryTask(ctx context.Context, in *taskPath) (*affectedOutput, error) {
	taskID, err := parseTask(in.ID)
	if err != nil {
		return nil, err
	}
	err = s.desk.RetryTask(ctx, web.Caller(ctx).Name(), in.Module, taskID)
	return &affectedOutput{Body: affectedBody{1}}, err
}

type cancelInput struct {
	Module string `path:"module"`
	ID     string `path:"id"`
	Body   decisionBody
}

func (s server) cancelTask(ctx context.Context, in *cancelInput) (*affectedOutput, error) {
	taskID, err := parseTask(in.ID)
	if err != nil {
		return nil, err
	}
	err = s.desk.CancelTask(ctx, web.Caller(ctx).Name(), in.Module, taskID, in.Body.Reason)
	return &affectedOutput{Body: affectedBody{1}}, err
}
