package httpapi

import (
	"context"
	"encoding/json"
	"log/slog"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/app"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/feed"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/web"
)

func importOperation() huma.Operation {
	return huma.Operation{
		OperationID: "import-feed", Method: http.MethodPost, Path: "/v1/imports", Tags: []string{"catalogue"},
		Summary: "Import a partner's feed",
		Description: "A form of two parts in this order: mapping (YAML) and feed. It is read while it comes in, " +
			"however long it is. The answer comes meanwhile as lines of JSON: rejected rows, progress, and at last " +
			"done or failed. What was written before a failure stands; importing again goes on from there.",
		Security:        web.Bearer(),
		BodyReadTimeout: -1, // the body is read as it comes
		RequestBody: &huma.RequestBody{
			Required: true,
			Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
				Type: huma.TypeObject, Required: []string{"mapping", "feed"},
				Properties: map[string]*huma.Schema{
					"mapping": {Type: huma.TypeString, Format: "binary"},
					"feed":    {Type: huma.TypeString, Format: "binary"},
				},
			}}},
		},
		Responses: map[string]*huma.Response{"200": {
			Description: "Lines of JSON",
			Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: &huma.Schema{
				Type: huma.TypeString, Description: "Each line is an object with a type: rejected, progress, done or failed.",
			}}},
		}},
	}
}

// errForm says that the body is not the form which the operation reads.
var errForm = fault.New(fault.BadRequest, "import_form", "The body is no form with the parts mapping and feed, in this order.")

type importInput struct {
	Source string `query:"source" required:"true" pattern:"^[a-z0-9_-]{1,24}$" patternDescription:"1 to 24 of a-z, 0-9, - and _" doc:"Names the partner."`

	request *http.Request
}

// Resolve keeps the request, whose body huma would read whole.
func (in *importInput) Resolve(c huma.Context) []error {
	in.request = humaecho.UnwrapV4(c).Request()
	return nil
}

// importFeed reads the mapping and the feed's header before it answers, so that what is wrong with
// them is a problem document; after that the status is 200 and the last line tells how it ended.
func (s server) importFeed(ctx context.Context, in *importInput) (*huma.StreamResponse, error) {
	if err := web.Caller(ctx).RequireOperator(); err != nil {
		return nil, err
	}
	form, err := in.request.MultipartReader()
	if err != nil {
		return nil, errForm
	}
	reader, err := openForm(form, in.Source)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		s.stream(c, in.Source, reader)
	}}, nil
}

func openForm(form *multipart.Reader, source string) (*feed.Reader, error) {
	part, err := nextPart(form, "mapping")
	if err != nil {
		return nil, err
	}
	mapping, err := feed.ParseMapping(part)
	if err != nil {
		return nil, err
	}
	if part, err = nextPart(form, "feed"); err != nil {
		return nil, err
	}
	return feed.Open(part, source, mapping)
}

func nextPart(form *multipart.Reader, name string) (*multipart.Part, error) {
	part, err := form.NextPart()
	if err != nil || part.FormName() != name {
		return nil, errForm
	}
	return part, nil
}

var errStopping = fault.New(fault.Unavailable, "stopping", "The server stops; import again to go on.")

func (s server) stream(c huma.Context, source string, reader *feed.Reader) {
	e := humaecho.UnwrapV4(c)
	control := http.NewResponseController(e.Response())
	_ = control.EnableFullDuplex() // HTTP/2 always is; a recorder in a test doesn't care
	c.SetHeader("Content-Type", "application/x-ndjson")
	c.SetStatus(http.StatusOK)
	out := &lines{to: json.NewEncoder(c.BodyWriter()), flush: control.Flush}
	ctx := c.Context()
	summary, err := s.app.Import(ctx, source, reader, app.Report{
		Rejected: func(why feed.RowError) { out.write(rejectedLine(why)) },
		Progress: func(bytes int64, soFar app.Summary) error {
			select {
			case <-web.Draining(ctx):
				return errStopping
			default:
				out.write(progressLine("progress", bytes, soFar))
				return out.err
			}
		},
	})
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "import", slog.String("source", source), slog.Any("error", err))
	}
	out.end(reader.Consumed(), summary, err)
}
