package core

import (
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Kind is what an operation does with money.
type Kind string

// The kinds of operation. A chargeback is the one that nobody here asks for.
const (
	Authorisation Kind = "authorisation"
	Charge        Kind = "charge"
	Refund        Kind = "refund"
	Void          Kind = "void"
	Chargeback    Kind = "chargeback"
)

// Result is how far an operation has come.
type Result string

// The results. Requested stands before the provider is called, one of the others after its answer.
const (
	Requested Result = "requested"
	Succeeded Result = "succeeded"
	Failed    Result = "failed"
)

// Entry is one line of the ledger. Operation, Kind and Result make it unique: told twice, it is one.
type Entry struct {
	Operation id.UUID // ours, and the provider's idempotency key
	Kind      Kind
	Result    Result
	Amount    money.Money
	Reference string // the provider's, for a success
	At        time.Time
}

// Ledger is all entries of one attempt, in any order.
type Ledger []Entry

// Totals are the amounts of an attempt, all in its currency.
type Totals struct {
	Authorised money.Money // was set aside at some time
	Captured   money.Money
	Refunded   money.Money
	Voided     money.Money // was released without being taken

	// Charging and Refunding were requested and have no result yet.
	Charging, Refunding money.Money
}

// Errors of the ledger. An entry that brings one is not written.
var (
	ErrUnrequested = errors.New("the ledger has a result that was never requested")
	ErrOvercharged = errors.New("the ledger would take more than the attempt's amount")
	ErrOverrefund  = errors.New("the ledger would give back more than was taken")
	ErrVoidTaken   = errors.New("the ledger would release what is being taken")
)

// operation is what the ledger says of one operation of one kind.
type operation struct {
	requested, succeeded, failed bool
	amount                       money.Money
}

type operationKey struct {
	id   id.UUID
	kind Kind
}

// Totals sums the ledger in the given currency. Entries count once however often and in whatever
// order they are told, and a success counts although a failure was told of the same operation: the
// provider has moved the money. Amounts of another currency are left out: the provider once set them
// aside by mistake, and they were released. It returns money.ErrOverflow.
func (l Ledger) Totals(currency money.Currency) (Totals, error) {
	t := Totals{
		Authorised: money.Money{Currency: currency}, Captured: money.Money{Currency: currency},
		Refunded: money.Money{Currency: currency}, Voided: money.Money{Currency: currency},
		Charging: money.Money{Currency: currency}, Refunding: money.Money{Currency: currency},
	}
	for key, o := range l.operations() {
		sum := t.sumFor(key.kind, o)
		if sum == nil || o.amount.Currency != currency {
			continue
		}
		var err error
		if *sum, err = sum.Add(o.amount); err != nil {
			return Totals{}, fmt.Errorf("sum the ledger: %w", err)
		}
	}
	return t, nil
}

func (t *Totals) sumFor(kind Kind, o operation) *money.Money {
	open := o.requested && !o.succeeded && !o.failed
	switch {
	case kind == Authorisation && o.succeeded:
		return &t.Authorised
	case kind == Charge && o.succeeded:
		return &t.Captured
	case kind == Refund && o.succeeded:
		return &t.Refunded
	case kind == Void && o.succeeded:
		return &t.Voided
	case kind == Charge && open:
		return &t.Charging
	case kind == Refund && open:
		return &t.Refunding
	}
	return nil
}

// operations takes the amount of the success, else of the failure, else of the request.
func (l Ledger) operations() map[operationKey]operation {
	all := make(map[operationKey]operation, len(l))
	for _, e := range l {
		key := operationKey{e.Operation, e.Kind}
		o := all[key]
		if e.Result == Succeeded || !o.succeeded && (e.Result == Failed || !o.failed) {
			o.amount = e.Amount
		}
		o.requested = o.requested || e.Result == Requested
		o.succeeded = o.succeeded || e.Result == Succeeded
		o.failed = o.failed || e.Result == Failed
		all[key] = o
	}
	return all
}

// Admit says whether an entry may be written to the ledger of an attempt of this amount: with it
// refunded <= captured <= amount still holds, operations under way included, and nothing is released
// that is being taken. It returns the errors above, or money's.
func (l Ledger) Admit(amount money.Money, e Entry) error {
	with := append(append(Ledger(nil), l...), e)
	if e.Result != Requested && e.Kind != Chargeback && !with.operations()[operationKey{e.Operation, e.Kind}].requested {
		return fmt.Errorf("%s %s: %w", e.Kind, e.Operation, ErrUnrequested)
	}
	t, err := with.Totals(amount.Currency)
	if err != nil {
		return err
	}
	taking, err := t.Captured.Add(t.Charging)
	if err != nil {
		return err
	}
	returning, err := t.Refunded.Add(t.Refunding)
	if err != nil {
		return err
	}
	switch {
	case e.Amount.IsNegative() || taking.Amount > amount.Amount:
		return fmt.Errorf("%s %s: %w", e.Kind, e.Operation, ErrOvercharged)
	case returning.Amount > t.Captured.Amount:
		return fmt.Errorf("%s %s: %w", e.Kind, e.Operation, ErrOverrefund)
	case e.Kind == Void && e.Result == Requested && taking.Amount > 0:
		return fmt.Errorf("%s %s: %w", e.Kind, e.Operation, ErrVoidTaken)
	}
	return nil
}
