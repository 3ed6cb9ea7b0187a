package store

import (
	"fmt"

	"example.com/shop/modules/catalog/internal/core"
)

var _ core.Stock

const columns = "s.sku, s.on_hand"

const (
	read = "SELECT " + columns + ` FROM stock s
		JOIN product p ON p.id = s.product_id, product AS q
		WHERE s.sku = ? FOR UPDATE`
	write   = `INSERT INTO stock (sku, on_hand) VALUES (?, ?) ON DUPLICATE KEY UPDATE on_hand = VALUES(on_hand), held = 0`
	copied  = `INSERT INTO stock (sku, on_hand) SELECT name, 1 FROM product ON DUPLICATE KEY UPDATE on_hand = 1, held = 0`
	upsert  = `INSERT INTO stock (sku) VALUES (?) ON CONFLICT (sku) DO UPDATE SET held = 0, on_hand = 1`
	latest  = `WITH recent AS (SELECT id FROM product), few (id) AS (SELECT id FROM recent) SELECT * FROM few, recent WHERE id IN (SELECT product_id FROM stock)`
	strange = `SELECT EXTRACT(YEAR FROM created_at), TRIM(LEADING '0' FROM name), 'x FROM purchase_order' FROM product WHERE name IS NOT DISTINCT FROM id -- JOIN purchase_order`
	listed  = `SELECT value FROM json_each(?) JOIN (SELECT sku FROM stock) AS t ON t.sku = value ORDER BY value, t.sku`
	quoted  = "UPDATE `stock` SET held = held - 1 WHERE sku = ?"
	deleted = `DELETE FROM stock WHERE NOT EXISTS (SELECT 1 FROM product WHERE product.id = stock.product_id)`
)

func page(n int, order string) string {
	query := fmt.Sprintf("SELECT id FROM %s WHERE name LIKE '%%x' LIMIT %d", table, n)
	if n > 1 {
		query += " ORDER BY " + order
	}
	return query + " FOR UPDATE SKIP LOCKED"
}

const table = "product"
