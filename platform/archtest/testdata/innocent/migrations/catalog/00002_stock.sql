-- +goose Up
CREATE TABLE IF NOT EXISTS stock (
    sku        VARCHAR(64) PRIMARY KEY,
    product_id BINARY(16) NOT NULL,
    on_hand    BIGINT NOT NULL,
    held       BIGINT NOT NULL,
    CHECK (held >= 0),
    FOREIGN KEY (product_id) REFERENCES product (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE UNIQUE INDEX stock_by_product ON stock (product_id, sku);

INSERT INTO stock (sku, on_hand) SELECT sku, on_hand FROM stock_old;

DROP TABLE stock_old;

-- +goose Down
DROP TABLE stock;
