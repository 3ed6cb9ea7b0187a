package task

import "example.com/shop/platform/sqldb"

type Runner struct{}

func NewRunner(db *sqldb.DB) *Runner { return nil }

func Retry(db *sqldb.DB, task string) error { return nil }
