package web

import "github.com/labstack/echo/v4"

func serve(e *echo.Echo) {
	e.GET(products, nil) // want: registers GET /v1/products, which modules/catalog
	e.GET("/docs", nil)
}

const products = "/v1/products"
