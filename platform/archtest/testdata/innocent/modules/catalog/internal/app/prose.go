package app

import (
	"errors"
	"fmt"
	"log/slog"

	"example.com/shop/platform/fault"
)

// Texts for people may have the words of statements.
func prose(log *slog.Logger, err error) []error {
	log.Info("select lines from orders", "step", 1)
	slog.Error("update order_line set aside: " + err.Error())
	return []error{
		fmt.Errorf("delete from stock: %w", err), fmt.Errorf("insert into product list: %w", err),
		fmt.Errorf("select lines from orders of %d days: %w", 3, err), errors.New("delete from purchase_order"),
		fault.New("Select one from orders, or update payment details."),
	}
}
