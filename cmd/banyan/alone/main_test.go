// Package alone_test runs the real program with one module, and stands in the place of its neighbours: it
// tells what they state in the forms that were ever published (the golden files of their contracts), answers
// what they are called for, and compares what the module states and asks with the golden files.
//
// Each file that is named after a module is its story. It needs nothing of the other modules but those files,
// so that it goes along when the module leaves for a repository of its own (banyan extract), where the same
// story proves that both sides still understand each other.
package alone_test

import (
	"os"
	"testing"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

func TestMain(m *testing.M) { os.Exit(shoptest.RunTests(m)) }
