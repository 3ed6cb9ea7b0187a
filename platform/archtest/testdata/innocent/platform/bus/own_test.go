package bus

const stock = `INSERT INTO stock (sku) VALUES (1)`
