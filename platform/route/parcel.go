package route

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/banyan-commerce/banyan/platform/fault"
)

// ErrCut is the answer to a request whose body ended early.
var ErrCut = fault.New(fault.BadRequest, "body_cut", "The request's body ended early.")

// maxKept is how large a body, in bytes, is kept for sending it again: that of every command but uploads.
const maxKept = 1 << 20

// parcel is a request with its body, as often as it may be sent.
type parcel struct {
	request *http.Request
	again   bool   // it may be sent again after another side may have had it
	kept    []byte // its body, if again
	stream  *stream
}

// pack reads the body of a command that may be repeated because it has an Idempotency-Key. All other bodies
// go through as they come. It returns ErrCut.
func pack(r *http.Request) (*parcel, error) {
	p := &parcel{request: r}
	empty := r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0
	keyed := r.Header.Get("Idempotency-Key") != "" && r.ContentLength <= maxKept && r.ContentLength >= 0
	switch {
	case r.Method == http.MethodGet && empty:
		p.again = true
	case r.Method == http.MethodPost && keyed:
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCut, err)
		}
		p.again, p.kept = true, text
	case !empty:
		p.stream = &stream{from: r.Body}
	}
	return p, nil
}

// body is for one sending.
func (p *parcel) body() io.ReadCloser {
	switch {
	case p.stream != nil:
		return p.stream
	case len(p.kept) > 0:
		return io.NopCloser(bytes.NewReader(p.kept))
	}
	return http.NoBody
}

// mayRepeat says whether the request may be sent to somebody else after a sending failed: one that could
// take effect twice only if nobody was there to be sent anything.
func (p *parcel) mayRepeat(err error) bool {
	return p.again || undialled(err) && (p.stream == nil || !p.stream.touched.Load())
}

// unpacked is the request for serving it here after all.
func (p *parcel) unpacked() *http.Request {
	r := *p.request
	if p.kept != nil {
		r.Body = p.body()
	}
	return &r
}

// undialled says whether no connection came about.
func undialled(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial" || errors.Is(err, errNobody)
}

// stream is a body that is read once. Its end does not close it: the server does.
type stream struct {
	from    io.Reader
	touched atomic.Bool
}

func (s *stream) Read(b []byte) (int, error) {
	s.touched.Store(true)
	return s.from.Read(b)
}

func (s *stream) Close() error { return nil }
