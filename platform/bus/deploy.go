package bus

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/banyan-commerce/banyan/platform/module"
)

// Deployment says which modules this process hosts, and how it reaches the others.
type Deployment struct {
	Hosted []string // modules
	Broker Broker   // may be nil where every publisher and all its listeners are hosted

	// Keep is how long a row stays in its publisher's schema after the broker has confirmed it, for the
	// case that the broker loses it. Zero is for brokers that confirm nothing before it is on a disk.
	Keep time.Duration
}

// Deploy tells a bus, before Start, that there are other processes. Without it everything is here.
func (b *Bus) Deploy(d Deployment) { b.deployed = &d }

// hosts says whether a module is in this process.
func (b *Bus) hosts(module string) bool {
	return b.deployed == nil || slices.Contains(b.deployed.Hosted, module)
}

func (b *Bus) broker() Broker {
	if b.deployed == nil {
		return nil
	}
	return b.deployed.Broker
}

// hosted are the manifests of the modules in this process.
func (b *Bus) hosted(manifests []module.Manifest) []module.Manifest {
	var here []module.Manifest
	for _, m := range manifests {
		if b.hosts(m.Name) {
			here = append(here, m)
		}
	}
	return here
}

// ErrNoBroker says that events would have to leave the process, and there is no way.
var ErrNoBroker = errors.New("no broker: set BANYAN_BROKER (banyan broker starts one), or host both modules")

// checkEdges names every publisher and listener that are not both here, where there is no broker.
func (b *Bus) checkEdges(manifests []module.Manifest) error {
	if b.broker() != nil {
		return nil
	}
	var problems []error
	for _, from := range manifests {
		for _, to := range manifests {
			names := heardNames(from, to)
			if len(names) == 0 || b.hosts(from.Name) == b.hosts(to.Name) {
				continue
			}
			away := from.Name
			if b.hosts(from.Name) {
				away = to.Name
			}
			problems = append(problems, fmt.Errorf("%s listens to %s (%s), and %s is not in this process: %w",
				to.Name, from.Name, strings.Join(names, ", "), away, ErrNoBroker))
		}
	}
	return errors.Join(problems...)
}
