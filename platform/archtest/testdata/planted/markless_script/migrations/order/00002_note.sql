CREATE INDEX by_sku ON order_line (sku); -- want: says nowhere what goes up
