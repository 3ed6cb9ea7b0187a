package remote

import "connectrpc.com/connect"

type Peers struct{ Code connect.Code }
