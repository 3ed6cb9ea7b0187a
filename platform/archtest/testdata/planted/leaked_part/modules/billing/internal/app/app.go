package app

import "example.com/shop/platform/sqldb"

type App struct{}

type Prices interface{ Price() }

func New() (*App, error) { return nil, nil }

func Both() (func(), *sqldb.Tx) { return nil, nil }

func Of[T any](a *App) T { panic(a) }
