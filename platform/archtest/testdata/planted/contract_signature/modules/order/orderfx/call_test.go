package orderfx_test

import "testing"

func TestCalls(t *testing.T) {
	var c calls
	c.Two()
	c.Late()
	c.Silent()
	c.Pair()
	c.Many()
	c.Quiet()
	c.hidden()
	c.Stream()
	c.Watch()
	c.Ask()
	c.Wait()
	c.Other()
	c.Batch()
	c.Fine()
}
