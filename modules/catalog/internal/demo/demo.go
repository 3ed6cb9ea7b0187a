// Package demo holds a small catalogue of our own invention, so that a shop that was just started has
// something to sell.
package demo

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/banyan-commerce/banyan/modules/catalog/internal/core"
	"github.com/banyan-commerce/banyan/platform/money"
)

// Source is whose products these are.
const Source = "demo"

//go:embed demo.yaml
var file []byte

type item struct {
	ID          string                              `yaml:"id"`
	Name        string                              `yaml:"name"`
	Brand       string                              `yaml:"brand"`
	Category    []string                            `yaml:"category"`
	Description string                              `yaml:"description"`
	Options     []option                            `yaml:"options"`
	Prices      map[string]map[money.Currency]int64 `yaml:"prices"`
	CompareAt   map[money.Currency]int64            `yaml:"compare_at"`
	Stock       int64                               `yaml:"stock"`
}

type option struct {
	Name   string   `yaml:"name"`
	Values []string `yaml:"values"`
}

// Products reads the catalogue. It returns an error only if the embedded file is broken.
func Products() ([]core.Product, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	var items []item
	if err := decoder.Decode(&items); err != nil {
		return nil, fmt.Errorf("demo catalogue: %w", err)
	}
	products := make([]core.Product, len(items))
	for i, it := range items {
		var err error
		if products[i], err = it.product(); err != nil {
			return nil, fmt.Errorf("demo catalogue: product %s: %w", it.ID, err)
		}
	}
	return products, nil
}

func (it item) product() (core.Product, error) {
	p := core.Product{
		PartnerID: it.ID, Name: it.Name, Description: it.Description, Brand: it.Brand, Category: it.Category,
		Images: []string{},
	}
	for _, options := range combinations(it.Options) {
		v, err := it.variant(options)
		if err != nil {
			return core.Product{}, err
		}
		p.Variants = append(p.Variants, v)
	}
	text, err := json.Marshal(p)
	p.Hash = sha256.Sum256(text)
	return p, err
}

// combinations are all choices of a value per option; without options there is one empty choice.
func combinations(options []option) [][]core.Option {
	all := [][]core.Option{{}}
	for _, o := range options {
		var next [][]core.Option
		for _, chosen := range all {
			for _, value := range o.Values {
				next = append(next, append(chosen[:len(chosen):len(chosen)], core.Option{Name: o.Name, Value: value}))
			}
		}
		all = next
	}
	return all
}

func (it item) variant(options []core.Option) (core.Variant, error) {
	prices, ok := it.Prices[""]
	if len(options) > 0 && !ok {
		prices, ok = it.Prices[options[0].Value]
	}
	if !ok {
		return core.Variant{}, fmt.Errorf("%v has no price", options)
	}
	v := core.Variant{SKU: skuOf(it.ID, options), Options: options, Stock: &it.Stock}
	for _, currency := range []money.Currency{"EUR", "KRW"} {
		amount, ok := prices[currency]
		if !ok {
			return core.Variant{}, fmt.Errorf("%s has no price in %s", v.SKU, currency)
		}
		price := core.Price{Amount: money.Money{Amount: amount, Currency: currency}}
		if before, ok := it.CompareAt[currency]; ok {
			price.CompareAt = &money.Money{Amount: before, Currency: currency}
		}
		v.Prices = append(v.Prices, price)
	}
	return v, nil
}

// skuOf is for people: DAWN-RIDGE-250G-FILTER.
func skuOf(name string, options []core.Option) string {
	parts := []string{strings.ToUpper(name)}
	for _, o := range options {
		parts = append(parts, strings.Map(code, o.Value))
	}
	return strings.Join(parts, "-")
}

func code(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return unicode.ToUpper(r)
	}
	return -1
}
