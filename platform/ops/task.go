package ops

import (
	"bytes"
	"context"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/task"
)

// Task is a task and its schema.
type Task = in[task.Task]

// TaskCount counts the tasks of a schema that stand alike.
type TaskCount = in[task.Count]

// TaskFilter selects tasks; what is zero does not select.
type TaskFilter struct {
	task.Filter

	Module string
}

// TaskCounts reads how tasks stand, by schema, kind and state.
func (d *Desk) TaskCounts(ctx context.Context) ([]TaskCount, error) {
	var list []TaskCount
	for _, db := range d.schemas {
		counts, err := task.Counts(ctx, db)
		if err != nil {
			return nil, err
		}
		list = append(list, within(db.Module(), counts)...)
	}
	return list, nil
}

// Tasks lists tasks in the order in which they were recorded.
func (d *Desk) Tasks(ctx context.Context, f TaskFilter) ([]Task, error) {
	var list []Task
	for _, db := range d.schemas {
		if f.Module != "" && f.Module != db.Module() {
			continue
		}
		tasks, err := task.List(ctx, db, f.Filter)
		if err != nil {
			return nil, err
		}
		list = append(list, within(db.Module(), tasks)...)
	}
	return first(list, f.Limit, func(a, b task.Task) int { return bytes.Compare(a.ID[:], b.ID[:]) }), nil
}

// ShowTask reads one task. It returns ErrNoSchema or task.ErrNotFound.
func (d *Desk) ShowTask(ctx context.Context, module string, taskID id.UUID) (Task, error) {
	db, err := d.schema(module)
	if err != nil {
		return Task{}, err
	}
	t, err := task.Show(ctx, db, taskID)
	return Task{Module: module, It: t}, err
}

// RetryTask makes a task due; see task.Retry. It returns ErrNoSchema besides.
func (d *Desk) RetryTask(ctx context.Context, actor, module string, taskID id.UUID) error {
	db, err := d.schema(module)
	if err != nil {
		return err
	}
	return task.Retry(ctx, db, taskID, d.by(actor, ""))
}

// CancelTask keeps a task from running; see task.Cancel. It returns ErrNoSchema besides.
func (d *Desk) CancelTask(ctx context.Context, actor, module string, taskID id.UUID, reason string) error {
	db, err := d.schema(module)
	if err != nil {
		return err
	}
	return task.Cancel(ctx, db, taskID, d.by(actor, reason))
}
