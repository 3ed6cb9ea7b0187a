package main

import "example.com/shop/platform/sqldb"

// A rig without modules has tables of its own, whatever modules call theirs.
const entries = `SELECT COUNT(*) FROM stock WHERE on_hand < 0`

func main() {
	var _ sqldb.Tx
}
