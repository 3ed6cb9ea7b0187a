SELECT id FROM purchase_order; -- no code embeds it
