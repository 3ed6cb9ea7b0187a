package feed

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/banyan-commerce/banyan/platform/money"
)

// plan is a mapping bound to a feed's header.
type plan struct {
	id, name, description, brand, sku, stock source
	category                                 []source // one per level, or one that splits
	categorySplit                            string
	images                                   source
	imagesSplit                              string
	price, compareAt                         source
	priceNotation, compareAtNotation         money.Notation
	options                                  []source
}

// bindAll answers ErrHeader with every column that isn't there.
func bindAll(m Mapping, header []string) (plan, error) {
	var troubles []error
	to := func(field string, text Text) source {
		s, err := bind(field, text, header)
		troubles = append(troubles, err)
		return s
	}
	f := m.Fields
	p := plan{
		id: to("id", f.ID), name: to("name", f.Name), description: to("description", f.Description),
		brand: to("brand", f.Brand), sku: to("sku", f.SKU), stock: to("stock", f.Stock),
		categorySplit: f.Category.Split, images: to("images", f.Images.Text), imagesSplit: f.Images.Split,
		price: to("price", f.Price.Text), compareAt: to("compare_at", f.CompareAt.Text),
		priceNotation: m.notation(f.Price), compareAtNotation: m.notation(f.CompareAt),
	}
	for _, level := range f.Category.levels() {
		p.category = append(p.category, to("category", level))
	}
	for _, option := range f.Options {
		p.options = append(p.options, to(option.Name, option.Text))
	}
	if err := errors.Join(troubles...); err != nil {
		wrong := strings.ReplaceAll(err.Error(), "\n", ", ")
		return plan{}, ErrHeader.WithMessage("The feed's header %s. Its columns are: %s.", wrong, list(header))
	}
	return p, nil
}

func (c Category) levels() []Text {
	if len(c.Path) > 0 {
		return c.Path
	}
	return []Text{c.Text}
}

func (m Mapping) notation(a Amount) money.Notation {
	n := money.Notation{Currency: a.Currency}
	if n.Currency == "" {
		n.Currency = m.Currency
	}
	if m.Decimal != "" {
		n.Decimal = m.Decimal[0]
	}
	return n
}

// list quotes the first names of a header.
func list(header []string) string {
	const most = 30
	var names []string
	for _, name := range header[:min(most, len(header))] {
		names = append(names, strconv.Quote(abbreviate(name)))
	}
	if len(header) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}

func (p plan) readID(from record) (string, *RowError) {
	id, bad := p.id.line(from, MaxID)
	if bad == nil && id == "" {
		bad = p.id.reject(from, id, "is empty, and a product is known by it")
	}
	return id, bad
}

// readVariant reads what belongs to one row alone.
func (p plan) readVariant(from record) (Variant, *RowError) {
	v := Variant{Line: from.line}
	var bad *RowError
	if v.Price, bad = p.readPrice(from); bad != nil {
		return v, bad
	}
	if v.CompareAt, bad = p.readCompareAt(from, v.Price); bad != nil {
		return v, bad
	}
	if v.Stock, bad = p.readStock(from); bad != nil {
		return v, bad
	}
	if v.SKU, bad = p.sku.line(from, MaxSKU); bad != nil {
		return v, bad
	}
	v.Options, bad = p.readOptions(from)
	return v, bad
}

func (p plan) readPrice(from record) (money.Money, *RowError) {
	text := foldSpaces(p.price.raw(from))
	if text == "" {
		return money.Money{}, p.price.reject(from, text, "is empty, and a product needs a price")
	}
	price, bad := p.price.amount(from, text, p.priceNotation)
	if bad == nil && price.IsZero() {
		bad = p.price.reject(from, text, "is zero, and nothing is sold for that")
	}
	return price, bad
}

// readCompareAt answers nil for an amount that isn't above the price, too: feeds repeat
// the price there when nothing is reduced.
func (p plan) readCompareAt(from record, price money.Money) (*money.Money, *RowError) {
	text := foldSpaces(p.compareAt.raw(from))
	if text == "" {
		return nil, nil
	}
	compareAt, bad := p.compareAt.amount(from, text, p.compareAtNotation)
	switch {
	case bad != nil:
		return nil, bad
	case compareAt.Currency != price.Currency:
		return nil, p.compareAt.reject(from, text, "is in %s, the price in %s", compareAt.Currency, price.Currency)
	case compareAt.Amount <= price.Amount:
		return nil, nil
	}
	return &compareAt, nil
}

func (s source) amount(from record, text string, notation money.Notation) (money.Money, *RowError) {
	amount, err := notation.Parse(text)
	switch {
	case err == nil:
		return amount, nil
	case errors.Is(err, money.ErrAmbiguous):
		return amount, s.reject(from, text, "can be read as two amounts; say in the mapping which decimal separator the feed uses")
	case errors.Is(err, money.ErrPrecision):
		return amount, s.reject(from, text, "has more decimals than its currency")
	case errors.Is(err, money.ErrNegative):
		return amount, s.reject(from, text, "is negative")
	case errors.Is(err, money.ErrOverflow):
		return amount, s.reject(from, text, "is too large an amount")
	case errors.Is(err, money.ErrUnknownCurrency):
		return amount, s.reject(from, text, "needs a currency of ISO 4217, in the cell or in the mapping")
	}
	return amount, s.reject(from, text, "is no amount, such as 379, 1,299.00 or 89.0 EUR")
}

func (p plan) readStock(from record) (*int64, *RowError) {
	text := foldSpaces(p.stock.raw(from))
	if text == "" {
		return nil, nil
	}
	pieces, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return nil, p.stock.reject(from, text, "is no whole number of pieces")
	}
	if pieces > MaxStock {
		return nil, p.stock.reject(from, text, "is more than %d pieces", MaxStock)
	}
	onHand := int64(pieces)
	return &onHand, nil
}

// readOptions leaves out an option whose cell is empty.
func (p plan) readOptions(from record) ([]Option, *RowError) {
	var options []Option
	for _, choice := range p.options {
		value, bad := choice.line(from, MaxOptionValue)
		if bad != nil {
			return nil, bad
		}
		if value != "" {
			options = append(options, Option{Name: choice.field, Value: value})
		}
	}
	return options, nil
}

func (p plan) readCategory(from record) ([]string, *RowError) {
	var path []string
	for _, level := range p.category {
		names, bad := level.list(from, p.categorySplit, MaxCategoryName)
		if bad != nil {
			return nil, bad
		}
		path = append(path, names...)
	}
	if len(path) > MaxCategoryDepth {
		return nil, p.category[0].reject(from, strings.Join(path, " / "), "is a path of more than %d levels", MaxCategoryDepth)
	}
	return path, nil
}

// list answers the parts of a value that aren't empty.
func (s source) list(from record, split string, most int) ([]string, *RowError) {
	raw := s.raw(from)
	parts := []string{raw}
	if split != "" {
		parts = strings.Split(raw, split)
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return strings.TrimSpace(part) == "" })
	for i, part := range parts {
		parts[i] = foldSpaces(part)
		if bad := s.checkText(from, parts[i], most); bad != nil {
			return nil, bad
		}
	}
	return parts, nil
}

func (p plan) readImages(from record) ([]string, *RowError) {
	urls, bad := p.images.list(from, p.imagesSplit, MaxImageURL)
	if bad != nil {
		return nil, bad
	}
	for _, text := range urls {
		if len(text) > MaxImageURL || !isWebAddress(text) {
			return nil, p.images.reject(from, text, "is no http or https address of at most %d bytes", MaxImageURL)
		}
	}
	return urls, nil
}

func isWebAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != ""
}
