package board

import (
	"cmp"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/platform/route"
)

type routeBody struct {
	Module      string           `json:"module"`
	Hosted      bool             `json:"hosted" doc:"In this process, too; if not, all goes elsewhere."`
	To          []string         `json:"to" doc:"The other process."`
	Called      bool             `json:"called" doc:"Modules in this process call its contract."`
	CallsTo     []string         `json:"calls_to" doc:"The other process, for calls; empty: those stay here, whatever the share."`
	Share       int              `json:"share" doc:"Percent of the requests and calls that go there."`
	Shadow      int              `json:"shadow" doc:"Percent of the safe requests and calls whose answer both are asked for."`
	Tripped     string           `json:"tripped,omitempty" doc:"Why a guard set the share to 0. It stays there until an operator raises it."`
	Revision    int64            `json:"revision" doc:"Counts the changes."`
	ChangedAt   *time.Time       `json:"changed_at,omitempty"`
	Live        *liveBody        `json:"live,omitempty" doc:"Missing if no server was asked."`
	Differences []differenceBody `json:"differences,omitempty" doc:"The newest first; of this process since it began."`
}

type liveBody struct {
	Here     sideBody       `json:"here"`
	Away     sideBody       `json:"away"`
	Compared []comparedBody `json:"compared"`
}

type sideBody struct {
	Requests int     `json:"requests" doc:"And calls, in the last minute."`
	Failed   int     `json:"failed"`
	P99      float64 `json:"p99_ms"`
}

type comparedBody struct {
	Operation string `json:"operation"`
	Same      int64  `json:"same"`
	Different int64  `json:"different"`
	Failed    int64  `json:"failed" doc:"The other side gave no answer."`
	Dropped   int64  `json:"dropped" doc:"There were too many to compare."`
}

type differenceBody struct {
	At        time.Time   `json:"at"`
	Operation string      `json:"operation"`
	RequestID string      `json:"request_id"`
	Primary   string      `json:"primary" enum:"here,away" doc:"Whose answer the client got."`
	Places    []placeBody `json:"places"`
}

type placeBody struct {
	Path string `json:"path" doc:"In the JSON; empty: the answer as a whole."`
	What string `json:"what"`
	Here string `json:"here,omitempty" doc:"The value, where the server may show it."`
	Away string `json:"away,omitempty"`
}

func render(r route.Report, live bool) routeBody {
	body := routeBody{
		Module: r.Module, Hosted: r.Hosted, To: append([]string{}, r.Addresses...), Share: r.Share, Shadow: r.Shadow,
		Called: r.Calls.Called, CallsTo: append([]string{}, r.Calls.To...),
		Tripped: r.Tripped, Revision: r.Revision, Differences: differences(r.Findings),
	}
	if r.Revision > 0 {
		body.ChangedAt = &r.ChangedAt
	}
	if live {
		body.Live = &liveBody{Here: side(r.Here), Away: side(r.Away), Compared: compared(r.Compared)}
	}
	return body
}

func side(f route.Figures) sideBody {
	return sideBody{f.Requests, f.Failed, float64(f.P99.Microseconds()) / 1000}
}

func compared(counts []route.Counts) []comparedBody {
	list := []comparedBody{}
	for _, c := range counts {
		list = append(list, comparedBody{c.Operation, c.Same, c.Different, c.Failed, c.Dropped})
	}
	slices.SortFunc(list, func(a, b comparedBody) int { return cmp.Compare(a.Operation, b.Operation) })
	return list
}

func differences(findings []route.Finding) []differenceBody {
	var list []differenceBody
	for _, f := range findings {
		d := differenceBody{At: f.At, Operation: f.Operation, RequestID: f.RequestID, Primary: f.Primary.String()}
		for _, place := range f.Differences {
			d.Places = append(d.Places, placeBody(place))
		}
		list = append(list, d)
	}
	return list
}
