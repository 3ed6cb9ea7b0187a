// Package acceptance_test buys from the real program: it is built once, runs as a process of its own
// on either engine, and is spoken to over HTTP alone. What a customer, an operator or a partner is
// promised is shown here; why it holds is shown by the tests of the packages.
//
// Some mechanisms of the shop are invisible until they are gone. Each of these tests was seen to go red
// with one of them deleted in a copy of the tree:
//
//	the inbox row of an event             TestAServerThatIsKilledLosesAndDoublesNothing, TestTwoServersShareOneDatabase
//	the guard on the stock row            TestManyClientsBuyExactlyWhatIsThere, TestTwoServersShareOneDatabase
//	the lock on the order's row           TestCancellingRacesPayingAndNoMoneyIsKept, TestCancellingRacesPackingAndOneOfThemWins (MySQL)
//	the lock on the shipment's row        TestCancellingRacesPackingAndOneOfThemWins (MySQL)
//	a provider call's task row            TestAnOrderTravelsToItsCustomer
//	that row being kept until its effect  TestAServerThatIsKilledLosesAndDoublesNothing, TestTwoServersShareOneDatabase
package acceptance_test

import (
	"os"
	"testing"

	"github.com/banyan-commerce/banyan/cmd/banyan/shoptest"
)

func TestMain(m *testing.M) { os.Exit(shoptest.RunTests(m)) }
