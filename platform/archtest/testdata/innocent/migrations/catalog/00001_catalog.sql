-- +goose Up
-- Orders are another module's; a comment may say REFERENCES purchase_order.
CREATE TABLE product (
    id         BINARY(16) PRIMARY KEY,
    name       VARCHAR(200) NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE stock_old (
    sku     VARCHAR(64) PRIMARY KEY,
    on_hand BIGINT NOT NULL
);

-- Each schema has names of its own: order keeps such a table too.
CREATE TABLE idempotency (request VARCHAR(64) PRIMARY KEY);

-- +goose Down
DROP TABLE stock_old;
DROP TABLE product;
