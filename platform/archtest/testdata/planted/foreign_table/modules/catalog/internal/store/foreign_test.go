package store

const peek = `SELECT id FROM purchase_order` // want: table purchase_order
