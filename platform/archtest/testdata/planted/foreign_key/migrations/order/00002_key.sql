-- +goose Up
CREATE TABLE gift (
    id  BINARY(16) PRIMARY KEY,
    sku VARCHAR(64) NOT NULL REFERENCES stock (sku), -- want: table stock (REFERENCES), which belongs to module catalog
    FOREIGN KEY (id) REFERENCES banyan_catalog.product (id) -- want: with its schema
);
ALTER TABLE order_line ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES product (id); -- want: table product
CREATE INDEX by_name ON product (name); -- want: table product (ON)
INSERT INTO order_line (id) SELECT id FROM product; -- want: table product (FROM)
DELETE FROM bus_outbox; -- want: table bus_outbox of the bus
UPDATE ordr SET total = 0; -- want: no migration makes
-- +goose Down
DROP TABLE gift, stock; -- want: table stock (DROP)
