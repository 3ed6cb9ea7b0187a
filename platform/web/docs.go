package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed docs
var docs embed.FS

// docsPolicy lets the page load from this server alone; whatever a library would like to ask
// elsewhere, the browser refuses.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// addPages adds what is no operation of a module.
func (s *Server) addPages(api huma.API) {
	e := s.echo
	e.GET("/", s.front)
	e.GET("/healthz", alive)
	e.GET("/readyz", s.ready)
	e.GET("/metrics", echo.WrapHandler(promhttp.HandlerFor(s.shown(), promhttp.HandlerOpts{Registry: s.options.Metrics})))
	e.GET("/openapi.json", document("application/openapi+json", func() ([]byte, error) { return json.Marshal(api.OpenAPI()) }))
	e.GET("/openapi.yaml", document("application/openapi+yaml", func() ([]byte, error) { return api.OpenAPI().YAML() }))
	e.GET("/docs", page("docs/index.html", "text/html; charset=utf-8"))
	e.GET("/docs/docs.js", page("docs/docs.js", "text/javascript; charset=utf-8"))
	e.GET("/docs/swagger-ui-bundle.js", packed("docs/swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8"))
	e.GET("/docs/swagger-ui.css", packed("docs/swagger-ui.css.gz", "text/css; charset=utf-8"))
}

func (s *Server) shown() prometheus.Gatherer {
	if s.options.Asked == nil {
		return s.options.Metrics
	}
	return prometheus.Gatherers{s.options.Metrics, s.options.Asked}
}

func (s *Server) front(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{
		"name": "Banyan", "version": s.options.Version,
		"docs": "/docs", "openapi": "/openapi.json", "health": "/readyz", "metrics": "/metrics",
	})
}

// document renders the OpenAPI document at the first request: it costs time that starting need not take.
func document(contentType string, render func() ([]byte, error)) echo.HandlerFunc {
	once := sync.OnceValues(render)
	return func(c echo.Context) error {
		text, err := once()
		if err != nil {
			return fmt.Errorf("render %s: %w", c.Path(), err)
		}
		return c.Blob(http.StatusOK, contentType, text)
	}
}

func page(name, contentType string) echo.HandlerFunc {
	return func(c echo.Context) error {
		text, err := docs.ReadFile(name)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Security-Policy", docsPolicy)
		return c.Blob(http.StatusOK, contentType, text)
	}
}

// packed serves a file that is embedded as gzip, unpacked for the rare client that can't.
func packed(name, contentType string) echo.HandlerFunc {
	return func(c echo.Context) error {
		text, err := docs.ReadFile(name)
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Cache-Control", "public, max-age=86400")
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(c.Request().Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			return c.Blob(http.StatusOK, contentType, text)
		}
		plain, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return fmt.Errorf("unpack %s: %w", name, err)
		}
		c.Response().Header().Set("Content-Type", contentType)
		c.Response().WriteHeader(http.StatusOK)
		_, err = io.Copy(c.Response(), plain) //nolint:gosec // our own file
		return err
	}
}
