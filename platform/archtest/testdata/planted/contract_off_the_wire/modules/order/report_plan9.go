//go:build never

package order

import "log/slog"

type Log = *slog.Logger // want: is a type of log/slog
