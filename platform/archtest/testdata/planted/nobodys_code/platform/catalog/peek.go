package catalog

const peek = `SELECT sku FROM stock` // want: table stock of module catalog
