package monitor

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/platform/directory"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Path is where the directory is served.
const Path = "/v1/system/modules"

type output struct{ Body directory.Document }

// Routes serves the directory to the operator.
func Routes(p *Process) web.Routes {
	return func(api huma.API) {
		web.Register(api, huma.Operation{
			OperationID: "list-modules", Method: http.MethodGet, Path: Path,
			Summary:     "Read what modules there are, and how they fare in this process",
			Description: "Rates are those of the last minute, of this process alone.",
			Tags:        []string{"system"}, Security: web.Bearer(),
		}, func(ctx context.Context, _ *struct{}) (*output, error) {
			if err := web.Caller(ctx).RequireOperator(); err != nil {
				return nil, err
			}
			return &output{p.Document(ctx)}, nil
		})
	}
}
