// Package remote carries calls of contracts to modules that run in another process, so that nobody who
// calls a contract knows where its module is. A call is one HTTP request (Connect's unary protocol, JSON,
// over HTTP/1.1, h2c or TLS); what it needs to be the same call as in process is here:
//
//   - an error keeps its kind, code, fields and details: errors.Is(err, catalog.ErrOutOfStock) holds on both
//     sides. What has no kind is logged where it happened, and its text stays there;
//   - deadlines and cancellation travel, and no call is without a deadline;
//   - a call is tried again only if its method says that this does nothing twice, or if it was never sent;
//   - a process that does not answer is left alone for a while, and its callers are told so at once;
//   - the caller's name, the request's ID and its trace travel along;
//   - a process believes nobody who does not know BANYAN_PEER_SECRET or bear a certificate of BANYAN_PEER_CA.
//
// It is used by the wiring of modules and by cmd alone: what a module does must not depend on where another is.
package remote

import (
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// Contract names what is called: a module's contract, in a version. Adding a method or a field keeps the
// version; anything else needs a new one, served beside the old one until nobody calls that.
type Contract struct {
	Module  string
	Version int
}

// Method is one method of a contract, as both sides of the wire know it.
type Method[Req, Res any] struct {
	Name string
	// Idempotent says that the same call may be made again when its answer was lost: it does nothing
	// twice and answers what the first one did.
	Idempotent bool
	// Safe says that a call changes nothing and is Idempotent: both sides of a share may be asked the same, to
	// compare their answers.
	Safe bool
	// Key is by what a call keeps to its side of a share: what the method names, so that all calls which
	// concern one thing meet in one process. A method without one is not shared, and its calls stay here.
	Key func(r Req) string
}

// repeatable says that the same call may be made again.
func (m Method[Req, Res]) repeatable() bool { return m.Idempotent || m.Safe }

func (c Contract) procedure(method string) string {
	return fmt.Sprintf("/banyan.%s.v%d/%s", c.Module, c.Version, method)
}

// Errors of calls that were not answered by the contract. All are fault.Unavailable: a client may come
// again, and must not learn how this shop is built.
var (
	// ErrUnreachable: no process of the module answered.
	ErrUnreachable = fault.New(fault.Unavailable, "module_unreachable", "A part of the shop can't be reached; try again in a moment, with the same key.")
	// ErrResting: the last calls failed, and it is not asked for a while. No call was made.
	ErrResting = fault.New(fault.Unavailable, "module_resting", "A part of the shop can't be reached for now; try again in a moment, with the same key.")
	// ErrLate: no answer in the time that a call may take. errors.Is(err, context.DeadlineExceeded) holds, too.
	ErrLate = fault.New(fault.Unavailable, "module_late", "A part of the shop took too long; try again in a moment, with the same key.")
	// ErrRefused: the process does not take calls from this one, or does not know the procedure. The log
	// says which setting to look at.
	ErrRefused = fault.New(fault.Unavailable, "module_refused", "A part of the shop can't be reached for now.")
	// ErrCrowded: the process has as many calls under way as it takes.
	ErrCrowded = fault.New(fault.Unavailable, "module_crowded", "Too many requests for this part of the shop are under way; try again in a moment, with the same key.")
)

// Limits of a call. The zero value stands for the defaults.
type Limits struct {
	Call     time.Duration // one without a deadline of its own, all attempts together; 10 s
	Attempt  time.Duration // one attempt; 5 s
	Attempts int           // of an idempotent call; 4
	Pause    time.Duration // before the second attempt, at most; doubled for each further one; 25 ms
	Answer   int64         // bytes of an answer; 4 MiB
	Failures uint32        // of an address one after the other, after which it rests; 5
	Rest     time.Duration // before it is tried again with one call; 2 s
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Call, 10*time.Second)
	orDefault(&l.Attempt, 5*time.Second)
	orDefault(&l.Attempts, 4)
	orDefault(&l.Pause, 25*time.Millisecond)
	orDefault(&l.Answer, 4<<20)
	orDefault(&l.Failures, 5)
	orDefault(&l.Rest, 2*time.Second)
	return l
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
