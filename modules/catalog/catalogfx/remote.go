// Package catalogfx wires the catalog into the program, or a client in its place. This file is the client and
// knows the contract alone: it goes along where code that calls the catalog leaves for another repository
// (banyan extract).
package catalogfx

import (
	"context"

	"go.uber.org/fx"

	"github.com/banyan-commerce/banyan/modules/catalog"
	"github.com/banyan-commerce/banyan/platform/remote"
)

// Remote stands for Module in a process that does not host the catalog: it provides catalog.Service as a
// client of one that does. It needs remote.Peers.
func Remote() fx.Option {
	return fx.Module("catalog", fx.Provide(newClient))
}

// contract and the methods below are what both sides of the wire agree upon.
func contract() remote.Contract { return remote.Contract{Module: catalog.Manifest().Name, Version: 1} }

func reserve() remote.Method[catalog.ReserveRequest, catalog.Reservation] {
	return remote.Method[catalog.ReserveRequest, catalog.Reservation]{
		Name: "Reserve", Idempotent: true, // by its Key
		Key: func(r catalog.ReserveRequest) string { return r.Key },
	}
}

// client is the contract of a catalog in another process.
type client struct {
	reserve remote.Call[catalog.ReserveRequest, catalog.Reservation]
}

func newClient(peers *remote.Peers) (catalog.Service, error) {
	peer, err := peers.Find(contract())
	if err != nil {
		return nil, err
	}
	return client{reserve: remote.Bind(peer, reserve())}, nil
}

// Reserve is catalog.Service.
func (c client) Reserve(ctx context.Context, r catalog.ReserveRequest) (catalog.Reservation, error) {
	return c.reserve.Do(ctx, r)
}
