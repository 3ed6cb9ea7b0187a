// Package board lets the operator see and change where the requests of modules go.
package board

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/banyan-commerce/banyan/platform/route"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Routes are the operations. live is what this process measures; nil where none serves: then rules can be
// read and changed, and the instances that serve follow within a second.
func Routes(book *route.Book, live *route.Table, modules []string) web.Routes {
	s := server{book: book, live: live, modules: slices.Sorted(slices.Values(modules))}
	return func(api huma.API) {
		operator(api, huma.Operation{
			OperationID: "list-routes", Method: http.MethodGet, Path: "/v1/system/routes", Summary: "Where the requests of modules go",
			Description: "Rules are those of all instances; figures and differences are of the one process that is asked.",
		}, s.list)
		operator(api, huma.Operation{
			OperationID: "get-route", Method: http.MethodGet, Path: "/v1/system/routes/{module}", Summary: "Where the requests of a module go, and what comparing found",
		}, s.read)
		operator(api, huma.Operation{
			OperationID: "change-route", Method: http.MethodPatch, Path: "/v1/system/routes/{module}", Summary: "Change where the requests of a module go",
			Description: "All instances follow within about a second. A share of more than 0 needs an address. Calls of the module's contract go by the same share to the addresses of BANYAN_PEERS; without one they stay.",
		}, s.change)
	}
}

func operator[I, O any](api huma.API, op huma.Operation, h func(ctx context.Context, in *I) (*O, error)) {
	op.Tags, op.Security = []string{"system"}, web.Bearer()
	web.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		if err := web.Caller(ctx).RequireOperator(); err != nil {
			return nil, err
		}
		return h(ctx, in)
	})
}

type server struct {
	book    *route.Book
	live    *route.Table
	modules []string
}

type listOutput struct {
	Body struct {
		Items []routeBody `json:"items"`
	}
}

// list leaves out what comparing found, which is long.
func (s server) list(ctx context.Context, _ *struct{}) (*listOutput, error) {
	out := &listOutput{}
	out.Body.Items = []routeBody{}
	for _, module := range s.modules {
		body, err := s.report(ctx, module)
		if err != nil {
			return nil, err
		}
		body.Differences = nil
		out.Body.Items = append(out.Body.Items, body)
	}
	return out, nil
}

type modulePath struct {
	Module string `path:"module" maxLength:"64"`
}

type routeOutput struct{ Body routeBody }

func (s server) read(ctx context.Context, in *modulePath) (*routeOutput, error) {
	body, err := s.report(ctx, in.Module)
	return &routeOutput{body}, err
}

type changeInput struct {
	Module string `path:"module" maxLength:"64"`
	Body   struct {
		Share  *int      `json:"share,omitempty" minimum:"0" maximum:"100" doc:"Percent of the requests and calls that go to the other process."`
		Shadow *int      `json:"shadow,omitempty" minimum:"0" maximum:"100" doc:"Percent of the safe requests and calls whose answer both are asked for."`
		To     *[]string `json:"to,omitempty" maxItems:"16" doc:"Addresses of the other process, as http://10.0.0.5:8081; empty: those of the settings."`
		Reason string    `json:"reason,omitempty" maxLength:"500" doc:"Is recorded."`
	}
}

func (s server) change(ctx context.Context, in *changeInput) (*routeOutput, error) {
	if !slices.Contains(s.modules, in.Module) {
		return nil, route.ErrNoModule
	}
	c := route.Change{Share: in.Body.Share, Shadow: in.Body.Shadow, To: in.Body.To}
	if _, err := s.book.Change(ctx, web.Caller(ctx).Name(), in.Body.Reason, in.Module, c); err != nil {
		return nil, err
	}
	if s.live != nil {
		if err := s.live.Refresh(ctx, in.Module); err != nil {
			return nil, err
		}
	}
	return s.read(ctx, &modulePath{in.Module})
}

func (s server) report(ctx context.Context, module string) (routeBody, error) {
	if !slices.Contains(s.modules, module) {
		return routeBody{}, route.ErrNoModule
	}
	if s.live != nil {
		r, err := s.live.Report(module)
		return render(r, true), err
	}
	rule, err := s.book.Read(ctx, module)
	if err != nil && !errors.Is(err, route.ErrNotHosted) {
		return routeBody{}, err
	}
	return render(route.Report{Rule: rule, Hosted: err == nil, Addresses: rule.To, Calls: s.book.CallsOf(module)}, false), nil
}
