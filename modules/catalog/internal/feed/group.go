package feed

import (
	"fmt"
	"slices"
)

// group collects the rows of one product. It holds a single product at a time, of at
// most MaxVariants rows, and a seen of what went before.
type group struct {
	plan    plan
	source  string
	version int

	product  Product // in the making; its PartnerID is empty before the first row
	products seen    // IDs handed out
	skus     seen    // only where SKUs are the partner's: derived ones follow from the ID
}

// add takes a row. It answers the product that the row has shown to be complete, if any,
// and why the row was rejected, if it was.
func (g *group) add(from record) (done *Product, bad *RowError) {
	id, bad := g.plan.readID(from)
	if bad != nil {
		return nil, bad
	}
	if g.alone() {
		done = g.flush()
	}
	if id != g.product.PartnerID {
		if line, ok := g.products.at(id); ok {
			return done, g.plan.id.reject(from, id, "%s", g.repeated(line))
		}
		if !g.alone() {
			done = g.flush()
		}
		g.product = Product{Line: from.line, PartnerID: id}
	}
	if bad := g.join(from); bad != nil {
		g.product.Rejected++
		return done, bad
	}
	return done, nil
}

// alone reports whether the next row stands for itself whatever its ID: without options
// it neither owes a rejected row anything nor joins an accepted one.
func (g *group) alone() bool { return len(g.plan.options) == 0 }

func (g *group) repeated(line int) string {
	if g.alone() {
		return fmt.Sprintf("repeats line %d", line)
	}
	return fmt.Sprintf("repeats the product of line %d, and the rows of a product must stand together", line)
}

// flush ends the product and answers it, unless every row of it was rejected: then
// a later row may still bring it.
func (g *group) flush() *Product {
	done := g.product
	g.product = Product{}
	if len(done.Variants) == 0 {
		return nil
	}
	done.Hash = done.hash(g.version)
	g.products.remember(done.PartnerID, done.Line)
	return &done
}

// join makes the row a variant of the product in the making.
func (g *group) join(from record) *RowError {
	if bad := g.joinHead(from); bad != nil {
		return bad
	}
	variant, bad := g.plan.readVariant(from)
	if bad != nil {
		return bad
	}
	if bad := g.distinct(from, variant); bad != nil {
		return bad
	}
	if variant.SKU == "" {
		variant.SKU = deriveSKU(g.source, g.product.PartnerID, variant.Options)
	}
	if bad := g.claimSKU(from, variant.SKU); bad != nil {
		return bad
	}
	g.product.Variants = append(g.product.Variants, variant)
	return nil
}

// joinHead reads what all rows of a product share. A row may leave such a cell empty;
// it may not contradict an earlier one.
func (g *group) joinHead(from record) *RowError {
	p := &g.product
	name, bad := g.plan.name.line(from, MaxName)
	if bad != nil {
		return bad
	}
	if name == "" && p.Name == "" {
		return g.plan.name.reject(from, name, "is empty, and a product needs a name")
	}
	description, bad := g.plan.description.paragraphs(from, MaxDescription)
	if bad != nil {
		return bad
	}
	brand, bad := g.plan.brand.line(from, MaxBrand)
	if bad != nil {
		return bad
	}
	if bad := g.agree(from, name, description, brand); bad != nil {
		return bad
	}
	if bad := g.joinCategory(from); bad != nil {
		return bad
	}
	return g.joinImages(from)
}

func (g *group) agree(from record, name, description, brand string) *RowError {
	for _, shared := range []struct {
		column source
		value  string
		known  *string
	}{
		{g.plan.name, name, &g.product.Name},
		{g.plan.description, description, &g.product.Description},
		{g.plan.brand, brand, &g.product.Brand},
	} {
		if *shared.known == "" {
			*shared.known = shared.value
		}
		if shared.value != "" && shared.value != *shared.known {
			return shared.column.reject(from, shared.value, "differs from the product's first row, line %d", g.product.Line)
		}
	}
	return nil
}

func (g *group) joinCategory(from record) *RowError {
	path, bad := g.plan.readCategory(from)
	if bad != nil || len(path) == 0 {
		return bad
	}
	if g.product.Category == nil {
		g.product.Category = path
	}
	if !slices.Equal(path, g.product.Category) {
		return g.plan.category[0].reject(from, path[len(path)-1], "is another category than in the product's first row, line %d", g.product.Line)
	}
	return nil
}

func (g *group) joinImages(from record) *RowError {
	images, bad := g.plan.readImages(from)
	if bad != nil {
		return bad
	}
	for _, image := range images {
		if slices.Contains(g.product.Images, image) {
			continue
		}
		if len(g.product.Images) == MaxImages {
			return g.plan.images.reject(from, image, "is more than %d images of one product", MaxImages)
		}
		g.product.Images = append(g.product.Images, image)
	}
	return nil
}

// distinct sees that a customer can tell the variant from the product's others.
func (g *group) distinct(from record, variant Variant) *RowError {
	others := g.product.Variants
	if len(others) == 0 {
		return nil
	}
	if len(others) == MaxVariants {
		return g.plan.id.reject(from, g.product.PartnerID, "has more than %d variants", MaxVariants)
	}
	sameName := func(a, b Option) bool { return a.Name == b.Name }
	if !slices.EqualFunc(variant.Options, others[0].Options, sameName) {
		return &RowError{Line: from.line, Field: "options", Reason: fmt.Sprintf("the row fills other options than line %d of the same product", others[0].Line)}
	}
	for _, other := range others {
		if slices.Equal(variant.Options, other.Options) {
			return &RowError{Line: from.line, Field: "options", Reason: fmt.Sprintf("the row repeats product and options of line %d", other.Line)}
		}
	}
	return nil
}

func (g *group) claimSKU(from record, sku string) *RowError {
	if !g.plan.sku.mapped {
		return nil
	}
	if line, taken := g.skus.at(sku); taken {
		return g.plan.sku.reject(from, sku, "is the SKU of line %d already", line)
	}
	g.skus.remember(sku, from.line)
	return nil
}
