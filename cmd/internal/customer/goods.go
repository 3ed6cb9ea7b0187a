package customer

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Goods is the catalogue that is loaded: n products with one SKU each and plenty of stock.
type Goods struct{ N int }

// SKU is the i-th one.
func (g Goods) SKU(i int) string { return fmt.Sprintf("LOAD-%07d", i) }

// Pick answers different SKUs, sorted, each as likely as any other.
func (g Goods) Pick(k int) []string {
	chosen := make([]string, 0, k)
	for len(chosen) < k {
		sku := g.SKU(rand.IntN(g.N)) //nolint:gosec // load needs no secrecy
		if !slices.Contains(chosen, sku) {
			chosen = append(chosen, sku)
		}
	}
	slices.Sort(chosen)
	return chosen
}

func adjectives() []string {
	return []string{"Amber", "Brisk", "Calm", "Deep", "Early", "Fine", "Gentle", "Hollow", "Ivory", "Jolly", "Keen", "Light", "Mellow", "Narrow", "Oval", "Plain", "Quiet", "Round", "Slender", "Tall"}
}

func materials() []string {
	return []string{"Bamboo", "Brass", "Clay", "Copper", "Cotton", "Glass", "Granite", "Hemp", "Linen", "Oak", "Pewter", "Silk", "Slate", "Steel", "Walnut", "Wool"}
}

func nouns() []string {
	return []string{"Basket", "Bench", "Blanket", "Bowl", "Box", "Candle", "Carafe", "Chair", "Clock", "Cup", "Curtain", "Dish", "Frame", "Jar", "Kettle", "Ladle", "Lamp", "Mirror", "Mug", "Pan", "Pillow", "Plate", "Pot", "Rug", "Shelf", "Spoon", "Stool", "Table", "Tray", "Vase"}
}

// Words are a customer's search: some thirty of 27,000 products have both.
func (g Goods) Words() string {
	i := rand.IntN(g.N) //nolint:gosec // load needs no secrecy
	return at(adjectives(), i) + " " + at(nouns(), i/7)
}

func at(list []string, i int) string { return list[i%len(list)] }

const mapping = `format: csv
currency: EUR
decimal: "."
fields:
  id: {column: id}
  name: {column: name}
  description: {column: description}
  brand: {column: brand}
  category: {column: category, split: ">"}
  sku: {column: sku}
  price: {column: price}
  stock: {column: stock}
`

// Write makes the feed and its mapping in dir.
func (g Goods) Write(dir string) (feed, rules string, err error) {
	feed, rules = filepath.Join(dir, "load.csv"), filepath.Join(dir, "load.yaml")
	if err := os.WriteFile(rules, []byte(mapping), 0o600); err != nil {
		return "", "", err
	}
	f, err := os.Create(feed)
	if err != nil {
		return "", "", err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "id,name,description,brand,category,sku,price,stock")
	for i := range g.N {
		adjective, material, noun := at(adjectives(), i), at(materials(), i/3), at(nouns(), i/7)
		fmt.Fprintf(w, "%d,%s %s %s %05d,\"A %s made of %s, number %d of a generated catalogue.\",Brand %02d,Home > %s > %s,%s,%d.%02d,1000000\n",
			i, adjective, material, noun, i, noun, material, i, i%50, material, noun, g.SKU(i), 5+i%90, i%100)
	}
	if err := w.Flush(); err != nil {
		return "", "", err
	}
	return feed, rules, f.Close()
}
