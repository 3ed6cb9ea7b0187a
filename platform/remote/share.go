package remote

import (
	"context"
	"errors"
	"time"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/route"
)

// Shared is one method of a module that this process hosts and, for a share of the calls, another one, too. By
// the module's rule (platform/route) a call is made here or there, always the same way for the same key; what
// goes wrong there counts for the rule's guard, and is done here if that does nothing twice.
type Shared[Req, Res any] struct {
	far  Call[Req, Res]
	near func(ctx context.Context, r Req) (Res, error)
}

// Share makes a method callable whose module is hosted here: by near, or by share at the peer.
func Share[Req, Res any](p *Peer, m Method[Req, Res], near func(ctx context.Context, r Req) (Res, error)) Shared[Req, Res] {
	return Shared[Req, Res]{Bind(p, m), near}
}

// Near makes a call here, whatever the share: for one that another process has sent.
func (s Shared[Req, Res]) Near(ctx context.Context, r Req) (Res, error) {
	to, method := s.far.peer.callee, s.far.method.Name
	boundary.Weigh(ctx, to, method, r)
	return boundary.Call(ctx, to, method, func(ctx context.Context) (Res, error) { return s.near(ctx, r) })
}

// Do makes a call. Besides the error of the contract it returns what Call.Do does, for a call that went away and
// may not be repeated.
func (s Shared[Req, Res]) Do(ctx context.Context, r Req) (Res, error) {
	p, m := s.far.peer, s.far.method
	if len(p.lines) == 0 || m.Key == nil || !p.options.Table.Shares(p.contract.Module) {
		return s.Near(ctx, r)
	}
	c := sharedCall[Req, Res]{s: s, table: p.options.Table, module: p.contract.Module, key: m.Key(r)}
	if m.Safe && c.table.Samples(c.module, c.key) {
		return c.compared(ctx, r)
	}
	_, result, err := c.do(ctx, r)
	return result, err
}

// sharedCall is one call of a method that has two sides.
type sharedCall[Req, Res any] struct {
	s      Shared[Req, Res]
	table  *route.Table
	module string
	key    string
}

func (c *sharedCall[Req, Res]) do(ctx context.Context, r Req) (route.Side, Res, error) {
	if c.table.Side(c.module, c.key) == route.Away {
		result, o, err := c.away(ctx, r)
		if err == nil || ctx.Err() != nil || !o.elsewhere(c.s.far.method.repeatable()) {
			return route.Away, result, err
		}
	}
	result, err := c.here(ctx, r)
	return route.Here, result, err
}

func (c *sharedCall[Req, Res]) here(ctx context.Context, r Req) (Res, error) {
	begin := c.now()
	result, err := c.s.Near(ctx, r)
	c.observe(ctx, route.Here, err, begin)
	return result, err
}

// away asks each address once. A call that can be made here after all gets half of its time for that.
func (c *sharedCall[Req, Res]) away(ctx context.Context, r Req) (Res, outcome, error) {
	begin, in := c.now(), ctx
	if ends, ok := ctx.Deadline(); ok && c.s.far.method.repeatable() {
		var cancel context.CancelFunc
		in, cancel = context.WithTimeoutCause(ctx, time.Until(ends)/2, ErrLate) //nolint:forbidigo // deadlines of contexts are of the machine's clock
		defer cancel()
	}
	result, o, err := c.s.far.ask(in, r, len(c.s.far.peer.lines))
	c.observe(ctx, route.Away, err, begin)
	return result, o, err
}

func (c *sharedCall[Req, Res]) now() time.Time { return c.s.far.peer.options.Now() }

// observe leaves out what ended because the caller went away.
func (c *sharedCall[Req, Res]) observe(ctx context.Context, side route.Side, err error, begin time.Time) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	kind := fault.KindOf(err)
	failed := err != nil && (kind == fault.Internal || kind == fault.Unavailable)
	c.table.ObserveCall(c.module, c.s.far.method.Name, side, failed, c.now().Sub(begin))
}

// compared makes a call and offers its answer for comparison with the other side's. What belongs to the call is
// not kept: its caller may do with request and answer what it wants.
func (c *sharedCall[Req, Res]) compared(ctx context.Context, r Req) (Res, error) {
	text, unwritten := codec{}.Marshal(r)
	side, result, err := c.do(ctx, r)
	answer, none := answerText(result, err)
	if unwritten == nil && none == nil && ctx.Err() == nil {
		q := question[Req, Res]{c.s, boundary.Module(ctx), text}
		c.table.Compare(c.module, c.s.far.method.Name, c.key, side, answer, q.ask)
	}
	return result, err
}

// question is a call that may be made once more, beside the one that its caller waits for.
type question[Req, Res any] struct {
	s      Shared[Req, Res]
	caller string
	text   []byte
}

func (q question[Req, Res]) ask(ctx context.Context, of route.Side) (answer route.Answer, err error) {
	boundary.Do(ctx, q.caller, func(ctx context.Context) {
		var result Res
		if of == route.Away {
			result, _, err = q.s.far.ask(ctx, &written{q.text}, 1)
		} else {
			result, err = q.askHere(ctx)
		}
		if err == nil || ctx.Err() == nil {
			answer, err = answerText(result, err)
		}
	})
	return answer, err
}

func (q question[Req, Res]) askHere(ctx context.Context) (Res, error) {
	var r Req
	if err := (codec{}).Unmarshal(q.text, &r); err != nil {
		var none Res
		return none, err
	}
	return q.s.Near(ctx, r)
}

// answerText is what a side has answered: a result, or an error of the contract. It returns the error of a
// side that gave no answer.
func answerText[Res any](result Res, err error) (route.Answer, error) {
	var f *fault.Error
	switch {
	case err == nil:
		text, err := codec{}.Marshal(result)
		return route.Answer{Status: "ok", Body: text}, err
	case fault.KindOf(err) == fault.Unavailable:
		return route.Answer{}, err
	case !errors.As(err, &f):
		return route.Answer{Status: string(fault.KindOf(err))}, nil
	}
	text, err := codec{}.Marshal(f.Details)
	return route.Answer{Status: f.Code, Body: text}, err
}
