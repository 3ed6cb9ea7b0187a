package main

import (
	"encoding/binary"

	"github.com/banyan-commerce/banyan/platform/event"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/module"
)

// booked is the event that all contenders carry, as JSON of the same bytes: something was booked to
// an account of the desk. The clerk listens.
type booked struct {
	Account id.UUID `json:"account"`
	Seq     int64   `json:"seq"` // of the account, from 1
	Number  int64   `json:"number"`
	Amount  int64   `json:"amount"`
	Text    string  `json:"text"`
}

const (
	desk    = "desk"
	clerk   = "clerk"
	account = "account"
)

func (booked) EventType() event.Type { return event.Type{Name: "desk.booked", Version: 1} }

func manifests() []module.Manifest {
	return []module.Manifest{
		{Name: desk, Publishes: []event.Definition{event.Define(booked{})}},
		{Name: clerk, Listens: []string{booked{}.EventType().Name}},
	}
}

const (
	perAccount = 5    // events of an account, as many as an order has until it is shipped
	cohort     = 1000 // accounts whose events come by turns
)

// ledger is a row of events: cohorts of accounts, one after the other as orders come; in a cohort
// every account's first event, then every account's second, and so on.
type ledger struct {
	base   id.UUID
	events int64
}

func newLedger(events int64) ledger { return ledger{base: id.New(), events: events} }

func (l ledger) at(n int64) booked {
	return booked{
		Account: l.account(accountOf(n)), Seq: n%(cohort*perAccount)/cohort + 1, Number: n, Amount: n%997 + 1,
		Text: "A payment that came in by card, for goods that are still to be sent.",
	}
}

// accountOf is the number of the account of event n.
func accountOf(n int64) int64 {
	return n/(cohort*perAccount)*cohort + n%cohort
}

// account makes IDs as id.New does a millisecond apart: they grow, and their tails look random.
func (l ledger) account(number int64) id.UUID {
	u := l.base
	binary.BigEndian.PutUint32(u[2:], binary.BigEndian.Uint32(u[2:])+uint32(number)) //nolint:gosec // G115: a ledger has fewer accounts
	binary.BigEndian.PutUint64(u[8:], 1<<63|uint64(number)*0x9e3779b97f4a7c15>>2)    //nolint:gosec // G115: numbers are not negative
	return u
}

// accounts is how many accounts the ledger touches.
func (l ledger) accounts() int64 { return (l.events/(cohort*perAccount) + 1) * cohort }

func (f booked) aggregate() event.Aggregate {
	return event.Aggregate{Type: account, ID: f.Account, Version: f.Seq}
}
