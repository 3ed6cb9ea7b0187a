package remote

import "context"

type Call[Q, A any] struct{}

func (Call[Q, A]) Do(ctx context.Context, request Q) (answer A, err error) { return answer, err }

func Bind[Q, A any](p *Peers, method string) (Call[Q, A], error) { return Call[Q, A]{}, nil }
