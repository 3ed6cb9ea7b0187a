package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

// guard stands before the procedures: it lets in who may call, and says for whom the work is done.
type guard struct {
	procedures map[string]http.Handler // by path
	secret     string
	log        *slog.Logger
	now        func() time.Time
	budget     int64
	underWay   atomic.Int64
	errors     *connect.ErrorWriter
}

func newGuard(o ServerOptions) *guard {
	g := &guard{
		procedures: map[string]http.Handler{}, secret: o.Secret, log: o.Log, now: o.Now,
		budget: int64(o.Budget), errors: connect.NewErrorWriter(),
	}
	for _, s := range o.Contracts {
		for _, p := range s.procedures {
			path := s.procedure(p.method)
			g.procedures[path] = p.handler(path, o.Log)
		}
	}
	return g
}

// ServeHTTP serves one call.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == alivePath {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	ctx, cancel := context.WithTimeout(telemetry.WithTrace(r.Context(), telemetry.ReadTrace(r.Header)), longestCall)
	defer cancel()
	r = r.WithContext(ctx)
	if g.underWay.Add(1) > g.budget {
		g.underWay.Add(-1)
		g.refuse(w, r, travelling(answer{Kind: ErrCrowded.Kind, Code: ErrCrowded.Code, Message: ErrCrowded.Message}))
		return
	}
	defer g.underWay.Add(-1)
	procedure, err := g.admit(w, r)
	if err != nil {
		g.log.LogAttrs(ctx, slog.LevelWarn, "call refused",
			slog.String("path", r.URL.Path), slog.String("from", r.RemoteAddr), slog.Any("error", err))
		g.refuse(w, r, err)
		return
	}
	caller := r.Header.Get(callerHeader)
	if !named(caller) {
		procedure.ServeHTTP(w, r)
		return
	}
	boundary.Do(ctx, caller, func(ctx context.Context) { procedure.ServeHTTP(w, r.WithContext(ctx)) })
}

// named tells what can be a module's name: it becomes a label.
func named(caller string) bool {
	return caller != "" && len(caller) <= 32 && strings.Trim(caller, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// admit finds the procedure of a call that may be made, and gives the request its body back.
func (g *guard) admit(w http.ResponseWriter, r *http.Request) (http.Handler, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostRequest))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, travelling(answer{Kind: fault.TooLarge, Code: "call_too_large", Message: "The request is larger than a call between modules may be."})
	}
	if err != nil {
		return nil, connect.NewError(connect.CodeCanceled, fmt.Errorf("read call: %w", err))
	}
	if g.secret != "" { // before anything is told of what there is
		if err := verify(r, body, g.secret, g.now()); err != nil {
			return nil, connect.NewError(connect.CodeUnauthenticated, err)
		}
	}
	procedure, ok := g.procedures[r.URL.Path]
	if !ok {
		return nil, connect.NewError(connect.CodeUnimplemented, fmt.Errorf("%s is not served here: this process is older, or BANYAN_PEERS of the calling one names the wrong address", r.URL.Path))
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" || r.Method != http.MethodPost {
		return nil, connect.NewError(connect.CodeUnimplemented, errors.New("a call is a POST of application/json"))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return procedure, nil
}

func (g *guard) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if err := g.errors.Write(w, r, err); err != nil {
		g.log.LogAttrs(r.Context(), slog.LevelDebug, "caller went away", slog.Any("error", err))
	}
}
