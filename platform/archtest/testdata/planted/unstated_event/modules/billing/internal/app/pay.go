package app

import "example.com/shop/modules/billing"

func pay() any { return billing.Paid{Bill: 1} }

type App struct{}

func New() *App { return &App{} }
