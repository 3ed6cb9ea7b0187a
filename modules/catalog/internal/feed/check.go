package feed

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// check answers ErrMapping with everything that is wrong.
func (m Mapping) check() error {
	if err := errors.Join(m.checkShape(), m.Fields.check()); err != nil {
		return ErrMapping.WithMessage("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return nil
}

func (m Mapping) checkShape() error {
	var troubles []error
	if m.Version < 0 {
		troubles = append(troubles, fmt.Errorf("version: %d is negative", m.Version))
	}
	if m.Format != "" && m.Format != "csv" {
		troubles = append(troubles, fmt.Errorf("format: %q is not known; csv is", m.Format))
	}
	if m.Encoding != "" && !strings.EqualFold(m.Encoding, "utf-8") {
		troubles = append(troubles, fmt.Errorf("encoding: %q is not known; utf-8 is", m.Encoding))
	}
	if m.comma() == utf8.RuneError {
		troubles = append(troubles, fmt.Errorf("delimiter: %q is neither one character nor the word tab", m.Delimiter))
	}
	if m.Decimal != "" && m.Decimal != "." && m.Decimal != "," {
		troubles = append(troubles, fmt.Errorf("decimal: %q is neither a point nor a comma", m.Decimal))
	}
	if m.Currency != "" && m.Currency.Valid() != nil {
		troubles = append(troubles, fmt.Errorf("currency: %q is no ISO 4217 code", m.Currency))
	}
	return errors.Join(troubles...)
}

// comma answers the delimiter, or utf8.RuneError for one that can't be.
func (m Mapping) comma() rune {
	switch m.Delimiter {
	case "":
		return ','
	case "tab":
		return '\t'
	}
	delimiter, size := utf8.DecodeRuneInString(m.Delimiter)
	if size != len(m.Delimiter) || strings.ContainsRune("\"\r\n", delimiter) {
		return utf8.RuneError
	}
	return delimiter
}

func (f Fields) check() error {
	troubles := []error{
		f.ID.require("id"), f.Name.require("name"), f.Price.require("price"),
		f.Description.check("description"), f.Brand.check("brand"), f.SKU.check("sku"), f.Stock.check("stock"),
		f.Images.check("images"), f.Category.check(),
		f.Price.checkCurrency("price"), f.CompareAt.check("compare_at"), f.CompareAt.checkCurrency("compare_at"),
	}
	if f.ID.Const != "" {
		troubles = append(troubles, errors.New("fields.id: a constant would make all products one"))
	}
	return errors.Join(append(troubles, f.checkOptions())...)
}

func (f Fields) checkOptions() error {
	if len(f.Options) > MaxOptions {
		return fmt.Errorf("fields.options: more than %d", MaxOptions)
	}
	var troubles []error
	names := map[string]bool{}
	for i, option := range f.Options {
		at := fmt.Sprintf("options[%d]", i)
		troubles = append(troubles, option.require(at))
		if option.Name == "" || names[option.Name] {
			troubles = append(troubles, fmt.Errorf("fields.%s: needs a name of its own", at))
		}
		if utf8.RuneCountInString(option.Name) > MaxOptionName {
			troubles = append(troubles, fmt.Errorf("fields.%s: has a name of more than %d characters", at, MaxOptionName))
		}
		names[option.Name] = true
	}
	return errors.Join(troubles...)
}

// mapped reports whether the mapping mentions the field at all.
func (t Text) mapped() bool {
	return t.Column != "" || t.Index != 0 || t.Const != "" || t.Default != "" || len(t.Replace) > 0
}

func (t Text) require(field string) error {
	if !t.mapped() {
		return fmt.Errorf("fields.%s: is required", field)
	}
	return t.check(field)
}

func (t Text) check(field string) error {
	if !t.mapped() {
		return nil
	}
	sources := 0
	for _, given := range []bool{t.Column != "", t.Index != 0, t.Const != ""} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		return fmt.Errorf("fields.%s: needs one of column, index and const", field)
	}
	if t.Index < 0 {
		return fmt.Errorf("fields.%s: index counts columns from 1", field)
	}
	for _, replacement := range t.Replace {
		if replacement.From == "" {
			return fmt.Errorf("fields.%s: replace needs a from", field)
		}
	}
	return nil
}

func (c Category) check() error {
	if len(c.Path) == 0 {
		return c.List.check("category")
	}
	var troubles []error
	if c.mapped() || c.Split != "" {
		troubles = append(troubles, errors.New("fields.category: path and column, index, const or split exclude each other"))
	}
	for i, level := range c.Path {
		troubles = append(troubles, level.require(fmt.Sprintf("category.path[%d]", i)))
	}
	if len(c.Path) > MaxCategoryDepth {
		troubles = append(troubles, fmt.Errorf("fields.category.path: deeper than %d", MaxCategoryDepth))
	}
	return errors.Join(troubles...)
}

func (a Amount) checkCurrency(field string) error {
	if a.Currency != "" && a.Currency.Valid() != nil {
		return fmt.Errorf("fields.%s.currency: %q is no ISO 4217 code", field, a.Currency)
	}
	return nil
}
