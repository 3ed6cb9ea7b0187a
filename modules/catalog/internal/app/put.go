package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/modules/catalog/internal/store"
	"github.com/banyan-commerce/banyan/platform/id"
	"github.com/banyan-commerce/banyan/platform/sqldb"
)

// outcome says what became of each product of a batch, by its place.
type outcome struct {
	created, updated, unchanged []int
	refused                     map[int]string // why
}

// putAttempts bounds how often a batch is read again because another import of the same products
// was faster.
const putAttempts = 5

// put writes a batch of a source's products in one transaction. Those whose hash is known are left
// alone; one that can't be written is refused whole, and the others are written all the same.
func (a *App) put(ctx context.Context, source string, batch []core.Product) (outcome, error) {
	for attempt := 1; ; attempt++ {
		out, err := a.putOnce(ctx, source, batch)
		if err == nil || !sqldb.IsDuplicate(err) || attempt == putAttempts {
			return out, err
		}
	}
}

func (a *App) putOnce(ctx context.Context, source string, batch []core.Product) (outcome, error) {
	known, err := store.Sources(ctx, a.db, source, partnerIDs(batch))
	if err != nil {
		return outcome{}, err
	}
	w := a.sort(batch, known)
	if len(w.wanted) == 0 {
		return w.outcome, nil
	}
	err = sqldb.InTx(ctx, a.db, func(tx *sqldb.Tx) error {
		return a.write(ctx, tx, source, &w)
	})
	return w.outcome, err
}

func partnerIDs(batch []core.Product) []string {
	ids := make([]string, len(batch))
	for i, p := range batch {
		ids[i] = p.PartnerID
	}
	return ids
}

// work is a batch with what is to be done to it.
type work struct {
	outcome
	wanted  []store.Put // what is new or changed
	places  []int       // of wanted, in the batch
	putting []store.Put // wanted without what is refused
}

func (a *App) sort(batch []core.Product, known map[string]store.Source) work {
	var w work
	now := a.now()
	for i, p := range batch {
		source, exists := known[p.PartnerID]
		if exists && source.Hash == p.Hash {
			w.unchanged = append(w.unchanged, i)
			continue
		}
		put := store.Put{ID: source.ProductID, New: !exists, Product: p}
		if put.New {
			put.ID = id.At(now.Add(time.Duration(i) * time.Microsecond)) // sorts as the feed does
		}
		w.wanted = append(w.wanted, put)
		w.places = append(w.places, i)
	}
	return w
}

// write runs in a transaction, perhaps more than once. Stock is locked first, because whether a
// count can be taken over decides whether the product is.
func (a *App) write(ctx context.Context, tx *sqldb.Tx, source string, w *work) error {
	owners, err := store.Owners(ctx, tx, skusOfPuts(w.wanted))
	if err != nil {
		return err
	}
	stock, err := store.LockStock(ctx, tx, counted(w.wanted, owners))
	if err != nil {
		return err
	}
	w.decide(owners, stock)
	if err := a.writeSources(ctx, tx, source, w.putting); err != nil {
		return err
	}
	if err := a.writeProducts(ctx, tx, source, w.putting, owners); err != nil {
		return err
	}
	return a.putStock(ctx, tx, counts(w.putting, owners), stock, "source "+source)
}

// decide sorts out what is refused.
func (w *work) decide(owners map[string]id.UUID, stock map[string]core.Stock) {
	w.created, w.updated, w.putting, w.refused = nil, nil, nil, map[int]string{}
	for i, p := range w.wanted {
		place := w.places[i]
		if reason := refuse(p, owners, stock); reason != "" {
			w.refused[place] = reason
			continue
		}
		w.putting = append(w.putting, p)
		if p.New {
			w.created = append(w.created, place)
		} else {
			w.updated = append(w.updated, place)
		}
	}
}

func refuse(p store.Put, owners map[string]id.UUID, stock map[string]core.Stock) string {
	for _, v := range p.Variants {
		if owner, exists := owners[v.SKU]; exists && owner != p.ID {
			return fmt.Sprintf("SKU %q is another product's", v.SKU)
		}
		s := stock[v.SKU]
		if v.Stock != nil && *v.Stock < s.Held+s.Allocated {
			return fmt.Sprintf("stock of SKU %q is %d, and %d are promised to orders", v.SKU, *v.Stock, s.Held+s.Allocated)
		}
	}
	return ""
}

func skusOfPuts(puts []store.Put) []string {
	var skus []string
	for _, p := range puts {
		for _, v := range p.Variants {
			skus = append(skus, v.SKU)
		}
	}
	return skus
}

// counted are the SKUs that exist and whose pieces the source counts.
func counted(puts []store.Put, owners map[string]id.UUID) []string {
	var skus []string
	for _, p := range puts {
		for _, v := range p.Variants {
			if _, exists := owners[v.SKU]; exists && v.Stock != nil {
				skus = append(skus, v.SKU)
			}
		}
	}
	return skus
}

// counts are the pieces to be stored: what the source says, and none for a new SKU of which it says
// nothing.
func counts(puts []store.Put, owners map[string]id.UUID) []core.Need {
	var counts []core.Need
	for _, p := range puts {
		for _, v := range p.Variants {
			_, exists := owners[v.SKU]
			switch {
			case v.Stock != nil:
				counts = append(counts, core.Need{SKU: v.SKU, Quantity: *v.Stock})
			case !exists:
				counts = append(counts, core.Need{SKU: v.SKU})
			}
		}
	}
	slices.SortFunc(counts, func(a, b core.Need) int { return strings.Compare(a.SKU, b.SKU) })
	return counts
}

func (a *App) writeSources(ctx context.Context, tx *sqldb.Tx, source string, puts []store.Put) error {
	var fresh, changed []store.SourceRow
	for _, p := range puts {
		row := store.SourceRow{PartnerID: p.PartnerID, Source: store.Source{ProductID: p.ID, Hash: p.Hash}}
		if p.New {
			fresh = append(fresh, row)
		} else {
			changed = append(changed, row)
		}
	}
	if err := store.InsertSources(ctx, tx, source, fresh); err != nil {
		return err
	}
	return store.UpdateSources(ctx, tx, source, changed)
}

func (a *App) writeProducts(ctx context.Context, tx *sqldb.Tx, source string, puts []store.Put, owners map[string]id.UUID) error {
	if err := store.PutCategories(ctx, tx, categoriesOf(puts)); err != nil {
		return err
	}
	if err := store.PutProducts(ctx, tx, source, puts, a.now()); err != nil {
		return err
	}
	if err := store.PutTerms(ctx, tx, puts); err != nil {
		return err
	}
	if err := archiveMissing(ctx, tx, puts); err != nil {
		return err
	}
	if err := store.PutSKUs(ctx, tx, puts, owners); err != nil {
		return err
	}
	return store.PutPrices(ctx, tx, puts, owners)
}

func categoriesOf(puts []store.Put) []core.Category {
	var all []core.Category
	met := map[id.UUID]bool{}
	for _, p := range puts {
		for _, c := range core.Lineage(p.Category) {
			if !met[c.ID] {
				met[c.ID] = true
				all = append(all, c)
			}
		}
	}
	return all
}

// archiveMissing ends the sale of variants that changed products no longer have.
func archiveMissing(ctx context.Context, tx *sqldb.Tx, puts []store.Put) error {
	var known []id.UUID
	kept := map[string]bool{}
	for _, p := range puts {
		if !p.New && !p.Partial {
			known = append(known, p.ID)
		}
		for _, v := range p.Variants {
			kept[v.SKU] = true
		}
	}
	had, err := store.Variants(ctx, tx, known)
	if err != nil {
		return err
	}
	var gone []string
	for sku := range had {
		if !kept[sku] {
			gone = append(gone, sku)
		}
	}
	slices.Sort(gone)
	return store.ArchiveSKUs(ctx, tx, gone)
}
