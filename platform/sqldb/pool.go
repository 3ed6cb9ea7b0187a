package sqldb

// Pool tells how many connections are in use at this moment, and how many there may be. On SQLite these
// are the readers; the connection that writes is one more.
func (db *DB) Pool() (inUse, size int) {
	s := db.pool.Stats()
	return s.InUse, s.MaxOpenConnections
}
