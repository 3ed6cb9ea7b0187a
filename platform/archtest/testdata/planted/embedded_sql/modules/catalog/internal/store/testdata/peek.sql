SELECT id FROM stock
JOIN purchase_order USING (id); -- want: table purchase_order
