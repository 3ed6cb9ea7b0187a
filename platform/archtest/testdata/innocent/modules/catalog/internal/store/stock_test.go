package store

func rows(table string) string { return "SELECT COUNT(*) FROM " + table }

const told = `SELECT COUNT(*) FROM bus_outbox`
