-- +goose Up
CREATE TABLE bare_order (
    id BINARY(16) NOT NULL PRIMARY KEY,
    number VARCHAR(16) NOT NULL,
    version BIGINT NOT NULL,
    status VARCHAR(24) NOT NULL,
    currency CHAR(3) NOT NULL,
    total BIGINT NOT NULL,
    email VARCHAR(254) NOT NULL,
    ship_to {{blob}} NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bare_order_number ON bare_order (number);

CREATE TABLE bare_line (
    order_id BINARY(16) NOT NULL,
    position INT NOT NULL,
    sku VARCHAR(64) NOT NULL,
    name VARCHAR(500) NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
) {{clustered}};

-- +goose Down
DROP TABLE bare_line;
DROP TABLE bare_order;
