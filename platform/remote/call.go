package remote

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/fault"
	"github.com/banyan-commerce/banyan/platform/telemetry"
)

// Call is one method of a remote module.
type Call[Req, Res any] struct {
	peer    *Peer
	method  Method[Req, Res]
	clients map[*line]*connect.Client[written, Res]
}

// Bind makes a method of a peer callable.
func Bind[Req, Res any](p *Peer, m Method[Req, Res]) Call[Req, Res] {
	c := Call[Req, Res]{p, m, map[*line]*connect.Client[written, Res]{}}
	for _, l := range p.lines {
		c.clients[l] = connect.NewClient[written, Res](l.through, l.base+p.contract.procedure(m.Name),
			connect.WithCodec(codec{}), connect.WithReadMaxBytes(int(p.options.Limits.Answer)))
	}
	return c
}

// Do makes a call: as the callee's work, counted for the caller whose work ctx is, as boundary.Call does in
// process. It returns the error of the contract, ErrUnreachable, ErrResting, ErrLate, ErrRefused or
// ErrCrowded, the error of ctx, or an error without a kind.
func (c Call[Req, Res]) Do(ctx context.Context, r Req) (Res, error) {
	result, _, err := c.ask(ctx, r, c.peer.options.Limits.Attempts)
	return result, err
}

// ask makes up to most attempts of a call; r may be written already.
func (c Call[Req, Res]) ask(ctx context.Context, r any, most int) (result Res, o outcome, err error) {
	caller := boundary.Module(ctx)
	result, err = boundary.Call(ctx, c.peer.callee, c.method.Name, func(ctx context.Context) (result Res, err error) {
		var text []byte
		if text, err = (codec{}).MarshalAppend(nil, r); err != nil {
			o = unsent
		} else {
			result, o, err = c.attempts(ctx, caller, written{text}, most)
		}
		if err != nil {
			return result, fmt.Errorf("call %s.%s: %w", c.peer.contract.Module, c.method.Name, err)
		}
		return result, nil
	})
	return result, o, err
}

// attempts makes up to most of them. It answers what became of the last one: unsent, if there was none.
func (c Call[Req, Res]) attempts(ctx context.Context, caller string, w written, most int) (result Res, o outcome, err error) {
	limits := c.peer.options.Limits
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limits.Call, ErrLate)
		defer cancel()
	}
	var last *line
	o, err = unsent, ErrResting
	for attempt := range most {
		if attempt > 0 && !paused(ctx, limits.Pause<<(attempt-1)) {
			return result, o, err
		}
		l, done := c.peer.pick(last)
		if l == nil {
			return result, o, err // the first time: ErrResting; later: what the attempt before came to
		}
		result, o, err = c.once(ctx, l, done, caller, w)
		if err == nil || ctx.Err() != nil || !o.again(c.method.repeatable()) {
			return result, o, err
		}
		last = l
	}
	return result, o, err
}

// paused waits for at most that long, and half of it at least, so that callers who failed together don't
// come back together. It answers false, at once, when the call's time would be over.
func paused(ctx context.Context, most time.Duration) bool {
	pause := most/2 + rand.N(most/2)                                 //nolint:gosec // jitter needs no secrecy
	if ends, ok := ctx.Deadline(); ok && time.Until(ends) <= pause { //nolint:forbidigo // deadlines of contexts are of the machine's clock
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once makes one attempt, and tells the line's breaker how it went.
func (c Call[Req, Res]) once(ctx context.Context, l *line, done func(error), caller string, w written) (result Res, o outcome, err error) {
	begin := c.peer.options.Now()
	attempt, cancel := context.WithTimeoutCause(ctx, c.peer.options.Limits.Attempt, ErrLate)
	defer cancel()
	told := errNothingSaid // if what stands below panics
	defer func() { done(told) }()
	request := connect.NewRequest(&w)
	label(ctx, request.Header(), caller)
	response, err := c.clients[l].CallUnary(attempt, request)
	if err == nil {
		told = nil
		return *response.Msg, answeredBy, nil
	}
	o, err = judge(ctx, attempt, err)
	told = o.verdict(c.peer.options.Now().Sub(begin))
	if o != answeredBy && o != broken {
		err = fmt.Errorf("at %s: %w", l.base, err)
	}
	return result, o, err
}

// label says for whom the call is made.
func label(ctx context.Context, h http.Header, caller string) {
	telemetry.TraceOf(ctx).Write(h)
	if caller != "" {
		h.Set(callerHeader, caller)
	}
}

// outcome is what became of an attempt that did not succeed.
type outcome int

const (
	answeredBy outcome = iota // by the callee, with an error of its contract
	busy                      // by the callee: later
	broken                    // by the callee, with a mistake of its own
	refused                   // by what guards the callee, which has not seen it: the next attempt would be, too
	unread                    // one side can't read the other: not the next time either
	unsent                    // there was no connection
	lost                      // sent, perhaps, and no answer came
	late                      // sent, and the time was over
	left                      // the caller did not wait
)

// again says whether another attempt may be made.
func (o outcome) again(idempotent bool) bool {
	switch o {
	case unsent:
		return true
	case busy, lost, late:
		return idempotent
	case answeredBy, broken, refused, unread, left:
		return false
	}
	return false
}

// elsewhere says whether the call may be made of another process of the module, which is no worse off by what
// this one may have done.
func (o outcome) elsewhere(idempotent bool) bool {
	switch o {
	case unsent, refused:
		return true
	case busy, broken, unread, lost, late:
		return idempotent
	case answeredBy, left:
		return false
	}
	return false
}

// hurried is how long an attempt must have lasted for its end to say something of the callee: a caller with
// little time left is no proof that nobody answers.
const hurried = time.Second

// verdict is what the outcome tells the breaker of the address: whether somebody is there.
func (o outcome) verdict(took time.Duration) error {
	switch {
	case o == unsent, o == lost, o == late && took >= hurried:
		return ErrUnreachable
	case o == late, o == left:
		return errNothingSaid
	}
	return nil
}

// judge tells what became of an attempt, and what its caller is told.
func judge(ctx, attempt context.Context, err error) (outcome, error) {
	var e *connect.Error
	if !errors.As(err, &e) {
		return lost, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if a, ok := answered(e); ok {
		return outcomeOf(a), a.error()
	}
	if ctx.Err() != nil || attempt.Err() != nil {
		return endedBy(ctx)
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return unsent, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if errors.Is(err, errTooMuch) {
		return unread, errTooMuch
	}
	return byCode(e)
}

func outcomeOf(a answer) outcome {
	switch a.Kind {
	case fault.Unavailable:
		return busy
	case fault.Internal, "":
		return broken
	case fault.BadRequest, fault.Invalid, fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge:
	}
	return answeredBy
}

// endedBy tells whose time was over: the caller's, which is the caller's error, or that of our limits.
func endedBy(ctx context.Context) (outcome, error) {
	switch {
	case ctx.Err() == nil, errors.Is(context.Cause(ctx), ErrLate):
		return late, fmt.Errorf("%w: %w", ErrLate, context.DeadlineExceeded)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return late, ctx.Err()
	}
	return left, ctx.Err()
}

// byCode judges what was said on the way, or by what guards the callee.
func byCode(e *connect.Error) (outcome, error) {
	switch e.Code() {
	case connect.CodeUnauthenticated, connect.CodePermissionDenied, connect.CodeUnimplemented:
		return refused, fmt.Errorf("%w: %w", ErrRefused, e)
	case connect.CodeDeadlineExceeded:
		return late, fmt.Errorf("%w: %w", ErrLate, context.DeadlineExceeded)
	case connect.CodeInternal, connect.CodeInvalidArgument, connect.CodeResourceExhausted:
		return unread, fmt.Errorf("one side can't read the other: %s", e.Message())
	default: // what proxies and connections make of their trouble
	}
	return lost, fmt.Errorf("%w: %w", ErrUnreachable, e)
}
