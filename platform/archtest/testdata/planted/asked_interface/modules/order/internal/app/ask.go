package app

type refunder interface{ Refund(order string) error }

type refunds = refunder

func ask(v any, all map[string]any) {
	_ = all["payment"].(refunder)         // want: asserts that a value is refunder, which is an interface or may be one
	_, _ = v.(interface{ Close() error }) // want: asserts that a value is interface{...}
	_ = v.(any)                           // want: asserts that a value is any
	type local interface{ Close() }
	_ = v.(local) // want: asserts that a value is local
	switch v.(type) {
	case error, nil:
	case string, refunds: // want: asks in a type switch for refunds
	}
}
