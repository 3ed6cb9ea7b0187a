package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"github.com/banyan-commerce/banyan/cmd/internal/customer"
	"github.com/banyan-commerce/banyan/cmd/internal/drive"
	"github.com/banyan-commerce/banyan/cmd/internal/sample"
	"github.com/banyan-commerce/banyan/cmd/internal/scrape"
)

// crowd is the customers of one running server.
type crowd struct {
	url     string
	goods   customer.Goods
	clients []*customer.Client
	placed  [][]string // by client: the IDs of all orders that were answered with 201
}

func newCrowd(url string, g customer.Goods, n int) *crowd {
	c := &crowd{url: url, goods: g, placed: make([][]string, n)}
	for range n {
		c.clients = append(c.clients, customer.New(url))
	}
	return c
}

// readProducts reads SKUs and products in turn.
func (c *crowd) readProducts(ctx context.Context, length time.Duration) (drive.Reading, error) {
	ids, err := c.productIDs(ctx)
	if err != nil {
		return drive.Reading{}, fmt.Errorf("list products: %w", err)
	}
	t := drive.Run(ctx, len(c.clients), length, func(ctx context.Context, i int) error {
		path := "/v1/skus/" + c.goods.Pick(1)[0]
		if rand.IntN(2) == 0 { //nolint:gosec // load needs no secrecy
			path = "/v1/products/" + ids[rand.IntN(len(ids))] //nolint:gosec // load needs no secrecy
		}
		_, err := c.clients[i].Get(ctx, path, "")
		return err
	})
	return t.Reading(), t.Failed("read products")
}

// search asks for the first page of what has two words.
func (c *crowd) search(ctx context.Context, length time.Duration) (drive.Reading, error) {
	t := drive.Run(ctx, len(c.clients), length, func(ctx context.Context, i int) error {
		_, err := c.clients[i].Get(ctx, "/v1/products?limit=20&q="+url.QueryEscape(c.goods.Words()), "")
		return err
	})
	return t.Reading(), t.Failed("search")
}

type page struct {
	Items []struct {
		ID         string `json:"id"`
		Fulfilment string `json:"fulfilment_status"`
	} `json:"items"`
	Next string `json:"next_cursor"`
}

// pages reads a list to its end, or until take answers false.
func (c *crowd) pages(ctx context.Context, path string, take func(page) bool) error {
	for cursor := ""; ; {
		body, err := c.clients[0].Get(ctx, path+cursor, operatorToken)
		if err != nil {
			return err
		}
		var p page
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		if !take(p) || p.Next == "" {
			return nil
		}
		cursor = "&cursor=" + url.QueryEscape(p.Next)
	}
}

// productIDs are those of some thousand products.
func (c *crowd) productIDs(ctx context.Context) ([]string, error) {
	var ids []string
	err := c.pages(ctx, "/v1/products?limit=200", func(p page) bool {
		for _, item := range p.Items {
			ids = append(ids, item.ID)
		}
		return len(ids) < 5000
	})
	if err == nil && len(ids) == 0 {
		err = errors.New("there are none")
	}
	return ids, err
}

// Ordering is what a phase of orders came to.
type Ordering struct {
	Orders  int                `json:"orders"`
	Placed  drive.Reading      `json:"placed"`
	Settled float64            `json:"settled_per_second"`
	PerRow  Counts             `json:"per_settled_order"`
	Modules map[string]float64 `json:"statements_per_settled_order_by_module"`
}

// Counts are what the databases were sent, per order, as the server counts it.
type Counts struct {
	Statements float64 `json:"statements"`
	Units      float64 `json:"transactions"`
	Commits    float64 `json:"commits"`
	Retries    float64 `json:"retries"`
	Rollbacks  float64 `json:"rollbacks"`
}

// order places orders of two SKUs each for a time, and waits until all are settled.
func (c *crowd) order(ctx context.Context, length time.Duration) (Ordering, error) {
	before, err := c.clients[0].Metrics(ctx)
	if err != nil {
		return Ordering{}, err
	}
	t := drive.Run(ctx, len(c.clients), length, func(ctx context.Context, i int) error {
		orderID, err := c.clients[i].Place(ctx, c.goods.Pick(2), false)
		if err == nil {
			c.placed[i] = append(c.placed[i], orderID)
		}
		return err
	})
	if err := t.Failed("place orders"); err != nil {
		return Ordering{}, err
	}
	settled, grown, err := c.awaitSettled(ctx, before, len(t.Took))
	if err != nil {
		return Ordering{}, err
	}
	n := float64(len(t.Took))
	o := Ordering{
		Orders: len(t.Took), Placed: t.Reading(),
		Settled: sample.Rate(len(t.Took), settled.Sub(t.Begin)),
		PerRow:  counts(grown, n), Modules: grown.By("banyan_sql_statements_total", "module"),
	}
	for module := range o.Modules {
		o.Modules[module] /= n
	}
	return o, nil
}

func counts(grown scrape.Metrics, n float64) Counts {
	per := func(name string) float64 { return sample.Per(grown.Sum("banyan_sql_"+name+"_total"), n) }
	return Counts{
		Statements: per("statements"), Units: per("units"), Commits: per("commits"),
		Retries: per("retries"), Rollbacks: per("rollbacks"),
	}
}

// settleLimit bounds the wait for orders that were placed; one that takes longer is lost.
const settleLimit = 3 * time.Minute

// awaitSettled waits until n more orders have settled and answers when that was, to 10 ms, and what the
// server's counters have grown by.
func (c *crowd) awaitSettled(ctx context.Context, before scrape.Metrics, n int) (time.Time, scrape.Metrics, error) {
	ctx, cancel := context.WithTimeout(ctx, settleLimit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		m, err := c.clients[0].Metrics(ctx)
		if err != nil {
			return time.Time{}, nil, err
		}
		at, grown := time.Now(), m.Since(before)
		done := customer.Settled(grown)
		if done >= n {
			return at, grown, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return at, grown, fmt.Errorf("%d of %d orders have not settled: %w", n-done, n, ctx.Err())
		}
	}
}

// audit looks for every order that was answered with 201: it must be confirmed, with a shipment.
func (c *crowd) audit(ctx context.Context) (orders int, err error) {
	missing := map[string]bool{}
	for _, ids := range c.placed {
		for _, orderID := range ids {
			missing[orderID] = true
		}
	}
	orders = len(missing)
	err = c.pages(ctx, "/v1/orders?limit=200&status=confirmed", func(p page) bool {
		for _, o := range p.Items {
			if o.Fulfilment != "unfulfilled" {
				delete(missing, o.ID)
			}
		}
		return true
	})
	if err == nil && len(missing) > 0 {
		some := slices.Sorted(maps.Keys(missing))
		err = fmt.Errorf("%d of %d orders that were answered with 201 are not confirmed with a shipment, among them %v",
			len(missing), orders, some[:min(3, len(some))])
	}
	return orders, err
}
