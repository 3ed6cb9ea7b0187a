package store

const other = `SELECT sku FROM stock`
