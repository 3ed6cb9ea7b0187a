package app

import (
	"connectrpc.com/connect" // want: imports connectrpc.com/connect

	far "example.com/shop/platform/remote" // want: imports example.com/shop/platform/remote
)

func afar(p *far.Peers) bool { return p.Code == connect.CodeUnavailable }
