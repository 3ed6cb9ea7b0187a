package bus

const insert = `INSERT INTO bus_outbox (event_id, payload) VALUES (?, ?)`

const version = `SELECT MAX(version) FROM information_schema.tables`

func count(table string) string { return "SELECT COUNT(*) FROM " + table }
