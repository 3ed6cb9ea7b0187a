package orderfx

import (
	"github.com/banyan-commerce/banyan/modules/order/internal/httpapi"
	"github.com/banyan-commerce/banyan/platform/web"
)

// Operations are the module's routes for a process that does not host it: they stand in its document, and
// its server forwards what is asked of them. Nothing serves them there.
func Operations() web.Routes { return httpapi.Routes(nil) }
