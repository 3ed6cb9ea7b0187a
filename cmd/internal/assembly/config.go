package assembly

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/banyan-commerce/banyan/platform/config"
)

// Load reads the settings of the program, as config.Load does for all modules that they may name. Where the
// code of some is in other repositories, the process hosts those whose code is here; BANYAN_MODULES may name
// fewer of them, and an error says so if it names others.
func Load(environ []string) (config.Config, error) {
	c, err := config.Load(environ, ModuleNames())
	if err != nil {
		return c, err
	}
	var able []string
	for _, m := range modules() {
		if m.wiring != nil {
			able = append(able, m.Name)
		}
	}
	var problems []error
	for _, name := range c.Modules {
		if !slices.Contains(able, name) {
			problems = append(problems, fmt.Errorf("BANYAN_MODULES: the code of %s is in another repository; this program hosts %s", name, strings.Join(able, ", ")))
		}
	}
	if len(c.Modules) == 0 && len(able) < len(modules()) {
		c.Modules = able
	}
	return c, errors.Join(problems...)
}
