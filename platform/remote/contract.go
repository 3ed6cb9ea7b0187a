package remote

import (
	"context"
	"log/slog"
	"net/http"

	"connectrpc.com/connect"

	"github.com/banyan-commerce/banyan/platform/boundary"
)

// Served is a contract as it is served to other processes.
type Served struct {
	Contract
	procedures []Procedure
}

// Serve makes a contract servable: with one procedure for each of its methods.
func Serve(c Contract, procedures ...Procedure) Served { return Served{c, procedures} }

// Methods are the names of the methods that are served.
func (s Served) Methods() []string {
	var names []string
	for _, p := range s.procedures {
		names = append(names, p.method)
	}
	return names
}

// Procedure is a method that can be served.
type Procedure struct {
	method  string
	handler func(path string, log *slog.Logger) http.Handler
}

const (
	mostRequest   = 1 << 20  // bytes of a call
	compressAbove = 16 << 10 // bytes of an answer that are worth the time to compress them
)

// Handle serves a method by f, the near end of the contract in this process. A panic of f, or of writing
// what it answered, is an error without a kind.
func Handle[Req, Res any](m Method[Req, Res], f func(ctx context.Context, r Req) (Res, error)) Procedure {
	handler := func(path string, log *slog.Logger) http.Handler {
		call := func(ctx context.Context, r *connect.Request[Req]) (*connect.Response[written], error) {
			var answer written
			err := boundary.Fenced(ctx, log, func() error {
				result, err := f(ctx, *r.Msg)
				if err == nil { // written here, because what fails in Connect is told to the caller and to no log
					answer.text, err = codec{}.Marshal(result)
				}
				return err
			})
			if err != nil {
				return nil, failure(ctx, log, path, err)
			}
			return connect.NewResponse(&answer), nil
		}
		return connect.NewUnaryHandler(path, call,
			connect.WithCodec(codec{}), connect.WithReadMaxBytes(mostRequest), connect.WithCompressMinBytes(compressAbove))
	}
	return Procedure{m.Name, handler}
}
