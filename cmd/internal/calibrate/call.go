package calibrate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/banyan-commerce/banyan/platform/boundary"
	"github.com/banyan-commerce/banyan/platform/directory/readiness"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// parcel is what a call and its answer carry: rows, as contracts do, because a text as long is read faster.
type parcel struct{ Lines []line }

type line struct {
	SKU, Name string
	Quantity  int64
	Price     int64
	Currency  string
}

func parcelOf(lines int) parcel {
	p := parcel{}
	for range lines {
		p.Lines = append(p.Lines, line{"DAWN-RIDGE-250G-FILTER", "Dawn Ridge, 250 g, ground for filters", 2, 1150, "EUR"})
	}
	return p
}

const fullParcel = 40 // lines

// callTimes measures calls without content and with, and answers how many bytes the latter carry there and back.
func callTimes(ctx context.Context, often int, now func() time.Time) (empty, full readiness.Times, bytes float64, err error) {
	log := slog.New(slog.DiscardHandler)
	meter, err := boundary.NewMeter(now, log, prometheus.NewRegistry())
	if err != nil {
		return empty, full, 0, err
	}
	contract := remote.Contract{Module: "calibration", Version: 1}
	echo := remote.Method[parcel, parcel]{Name: "Echo"}
	secret := rand.Text() + rand.Text()
	server := remote.NewServer(remote.ServerOptions{
		Contracts: []remote.Served{remote.Serve(contract, remote.Handle(echo, func(_ context.Context, p parcel) (parcel, error) { return p, nil }))},
		Secret:    secret, Log: log, Now: now,
	})
	at, err := server.Start(ctx, "127.0.0.1:0")
	if err != nil {
		return empty, full, 0, err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	peers := remote.NewPeers(remote.PeerOptions{
		Addresses: map[string][]*url.URL{"calibration": {{Scheme: "http", Host: at.String()}}}, Secret: secret, Meter: meter, Now: now,
	})
	defer peers.Close()
	peer, err := peers.Find(contract)
	if err != nil {
		return empty, full, 0, err
	}
	call := remote.Bind(peer, echo)
	if empty, err = timed(ctx, call, parcelOf(0), often, now); err != nil {
		return empty, full, 0, err
	}
	full, err = timed(ctx, call, parcelOf(fullParcel), often, now)
	text, unwritten := json.Marshal(parcelOf(fullParcel))
	return empty, full, 2 * float64(len(text)), errors.Join(err, unwritten)
}

func timed(ctx context.Context, call remote.Call[parcel, parcel], p parcel, often int, now func() time.Time) (readiness.Times, error) {
	return each(ctx, often, func() (time.Duration, error) {
		begin := now()
		_, err := call.Do(ctx, p)
		return now().Sub(begin), err
	})
}
