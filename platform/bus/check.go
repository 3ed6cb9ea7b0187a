package bus

import (
	"errors"
	"fmt"

	"github.com/banyan-commerce/banyan/platform/module"
)

// checkHandlers compares what modules declare with what was wired, and names every difference.
func checkHandlers(manifests []module.Manifest, subs []Subscription) error {
	var problems []error
	handled := make(map[string]map[string]bool)
	for _, sub := range subs {
		if handled[sub.Consumer] != nil {
			problems = append(problems, fmt.Errorf("consumer %s has two subscriptions", sub.Consumer))
		}
		if schema := sub.Schema.Module(); schema != sub.Consumer {
			problems = append(problems, fmt.Errorf("consumer %s was given the schema of %s", sub.Consumer, schema))
		}
		handled[sub.Consumer] = make(map[string]bool)
		for _, h := range sub.Handlers {
			handled[sub.Consumer][h.Type.Name] = true
		}
	}
	for _, m := range manifests {
		declared := make(map[string]bool)
		for _, name := range m.Listens {
			declared[name] = true
			if !handled[m.Name][name] {
				problems = append(problems, fmt.Errorf("module %s declares that it listens to %s, but has no handler for it", m.Name, name))
			}
		}
		for name := range handled[m.Name] {
			if !declared[name] {
				problems = append(problems, fmt.Errorf("module %s handles %s, which its manifest does not declare", m.Name, name))
			}
		}
		delete(handled, m.Name)
	}
	for name := range handled {
		problems = append(problems, fmt.Errorf("consumer %s has no manifest, so that nothing would be kept for it", name))
	}
	return errors.Join(problems...)
}
