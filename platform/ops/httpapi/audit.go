package httpapi

import (
	"context"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/ops"
	"github.com/banyan-commerce/banyan/platform/web"
)

type auditEntryBody struct {
	Module   string    `json:"module"`
	ID       id.UUID   `json:"id"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
	Action   string    `json:"action" doc:"For example events.replay."`
	Target   string    `json:"target"`
	Reason   string    `json:"reason"`
	Affected int64     `json:"affected"`
}

type auditInput struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type auditOutput struct{ Body web.Page[auditEntryBody] }

func (s server) listAudit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	before, err := decodeID(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, err := s.desk.Audit(ctx, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	return &auditOutput{Body: web.PageOf(list, in.Limit, renderEntry, func(e ops.Entry) any { return idCursor{e.It.ID} })}, nil
}

func renderEntry(e ops.Entry) auditEntryBody {
	return auditEntryBody{
		Module: e.Module, ID: e.It.ID, At: e.It.At, Actor: e.It.Actor, Action: e.It.Action,
		Target: e.It.Target, Reason: e.It.Reason, Affected: e.It.Affected,
	}
}
