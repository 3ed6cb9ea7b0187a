package catalogfx

import (
	"time"

	"go.uber.org/fx"

	"example.com/shop/modules/catalog/internal/app"
	"example.com/shop/modules/catalog/internal/httpapi"
)

var Module = fx.Module("catalog", fx.Provide(app.New, httpapi.New, func() func() time.Time { return time.Now }))
