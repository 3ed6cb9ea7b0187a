-- +goose Up
-- USE is a word of comments only; SET GLOBAL x = 1; too.
ALTER TABLE product ADD COLUMN engine VARCHAR(64) NOT NULL DEFAULT 'CREATE VIEW';
ALTER TABLE stock DROP COLUMN call_centre;
CREATE INDEX stock_by_view ON stock (view_count, data, event);
UPDATE product SET engine = 'CONNECT', connection = 'x';
INSERT INTO stock (sku, on_hand) SELECT name, 1 FROM product UNION (SELECT 'trigger', 2 FROM product);
