package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/drive"
	"github.com/banyan-commerce/banyan/cmd/internal/scrape"
)

// confirm measures how long a customer waits until an order is confirmed, at low load. The shipment is
// created after that; it is waited for.
func (c *crowd) confirm(ctx context.Context, length time.Duration) (drive.Reading, error) {
	before, err := c.clients[0].Metrics(ctx)
	if err != nil {
		return drive.Reading{}, err
	}
	t, err := c.placeAndWait(ctx, length)
	if err != nil {
		return drive.Reading{}, err
	}
	_, _, err = c.awaitSettled(ctx, before, len(t.Took))
	return t.Reading(), err
}

func (c *crowd) placeAndWait(ctx context.Context, length time.Duration) (drive.Tally, error) {
	t := drive.Run(ctx, min(2, len(c.clients)), length, func(ctx context.Context, i int) error {
		orderID, err := c.clients[i].Place(ctx, c.goods.Pick(2), true)
		if err == nil {
			c.placed[i] = append(c.placed[i], orderID)
		}
		return err
	})
	return t, t.Failed("place and wait")
}

// Hanging is what came of orders while a module hung.
type Hanging struct {
	Confirm  drive.Reading `json:"place_to_confirmed"`
	Waited   int           `json:"events_that_waited"` // for the module: one of each order
	CaughtUp time.Duration `json:"caught_up_ns"`       // from the end of the hanging until all orders were settled
}

// confirmWhile is confirm while a module that hears of confirmed orders hangs. It is an error if the module
// takes any event meanwhile: then nothing hung.
func (c *crowd) confirmWhile(ctx context.Context, length time.Duration, module string, hang func(context.Context) (release func() error, err error)) (h Hanging, err error) {
	before, err := c.clients[0].Metrics(ctx)
	if err != nil {
		return h, err
	}
	release, err := hang(ctx)
	if err != nil {
		return h, fmt.Errorf("let %s hang: %w", module, err)
	}
	t, err := c.placeAndWait(ctx, length)
	if err == nil {
		err = c.requireNothingTaken(ctx, before, module)
	}
	if err := errors.Join(err, release()); err != nil {
		return h, fmt.Errorf("while %s hangs: %w", module, err)
	}
	released := time.Now()
	settled, _, err := c.awaitSettled(ctx, before, len(t.Took))
	return Hanging{Confirm: t.Reading(), Waited: len(t.Took), CaughtUp: settled.Sub(released)}, err
}

var errNotHung = errors.New("it did not hang")

func (c *crowd) requireNothingTaken(ctx context.Context, before scrape.Metrics, module string) error {
	now, err := c.clients[0].Metrics(ctx)
	if err != nil {
		return err
	}
	if taken := now.Since(before).Sum("banyan_events_total", "consumer", module); taken != 0 {
		return fmt.Errorf("%w: it took %.0f events", errNotHung, taken)
	}
	return nil
}
