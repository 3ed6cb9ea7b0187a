package route

import (
	"bytes"
	"net/http"
	"strconv"
)

// copied keeps what a handler answers, beside the client or without one. A nil one keeps nothing.
type copied struct {
	client   http.ResponseWriter // nil: there is none
	header   http.Header         // then
	status   int
	body     bytes.Buffer
	overflow bool
}

// wrap puts it before the client.
func (c *copied) wrap() func(http.ResponseWriter) http.ResponseWriter {
	if c == nil {
		return nil
	}
	return func(w http.ResponseWriter) http.ResponseWriter {
		c.client = w
		return c
	}
}

// Header is of http.ResponseWriter.
func (c *copied) Header() http.Header {
	if c.client != nil {
		return c.client.Header()
	}
	return c.header
}

// WriteHeader is of http.ResponseWriter. Only the last status counts: those before it are informational.
func (c *copied) WriteHeader(status int) {
	c.status = status
	if c.client != nil {
		c.client.WriteHeader(status)
	}
}

// Write is of http.ResponseWriter.
func (c *copied) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	if c.overflow = c.overflow || c.body.Len()+len(p) > maxSeen; !c.overflow {
		c.body.Write(p)
	}
	if c.client != nil {
		return c.client.Write(p)
	}
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (c *copied) Unwrap() http.ResponseWriter { return c.client }

// whole says whether there is an answer that was kept whole.
func (c *copied) whole() bool { return c != nil && c.status != 0 && !c.overflow }

func (c *copied) answer() Answer { return Answer{Status: statusText(c.status), Body: c.body.Bytes()} }

func statusText(status int) string { return strconv.Itoa(status) }
