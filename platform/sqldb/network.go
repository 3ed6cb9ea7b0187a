package sqldb

import (
	"errors"
	"net"
)

// isNetwork: the server can't be reached, refused, or hung up.
func isNetwork(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}
