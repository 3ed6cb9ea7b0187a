package remote

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// carrier sends the requests that Connect makes, each with its token, and bounds their answers.
type carrier struct {
	transport http.RoundTripper
	secret    string
	now       func() time.Time
	most      int64 // bytes of an answer
}

func dialer() *net.Dialer { return &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 15 * time.Second} }

// Do is connect.HTTPClient. It follows no redirection: nobody else is to get the call, and its token.
func (c *carrier) Do(r *http.Request) (*http.Response, error) {
	if c.secret != "" {
		if err := sign(r, c.secret, c.now()); err != nil {
			return nil, err
		}
	}
	response, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &bounded{response.Body, c.most}
	return response, nil
}

// readInto reads the body of a request that is sent later.
func readInto(w io.Writer, r *http.Request) error {
	body, err := r.GetBody()
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, body); err != nil {
		return err
	}
	r.Body, err = r.GetBody()
	return err
}

// errTooMuch is returned for an answer that is larger than Limits.Answer.
var errTooMuch = errors.New("the answer is larger than one may be")

// bounded fails where an answer goes on for too long, instead of reading it to its end.
type bounded struct {
	io.ReadCloser

	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooMuch
	}
	return n, err
}
