-- +goose Up
CREATE TABLE orders (
    id BINARY(16) NOT NULL PRIMARY KEY,
    number VARCHAR(16) NOT NULL,
    version BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    status VARCHAR(24) NOT NULL,
    currency CHAR(3) NOT NULL,
    total BIGINT NOT NULL,
    email VARCHAR(254) NOT NULL,
    customer_name VARCHAR(200) NOT NULL,
    ship_to {{blob}} NOT NULL,
    deadline BIGINT NOT NULL,
    attempt_id BINARY(16) NOT NULL,
    attempt_method VARCHAR(32) NOT NULL,
    attempt_state VARCHAR(16) NOT NULL,
    cancel_reason VARCHAR(500) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_number ON orders (number);
CREATE INDEX orders_status ON orders (status, id);
CREATE INDEX orders_email ON orders (email, id);
CREATE INDEX orders_expiry ON orders (status, deadline, id);

CREATE TABLE order_line (
    order_id BINARY(16) NOT NULL,
    position INT NOT NULL,
    sku VARCHAR(64) NOT NULL,
    product_id BINARY(16) NOT NULL,
    name VARCHAR(500) NOT NULL,
    quantity BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    line_total BIGINT NOT NULL,
    PRIMARY KEY (order_id, position)
) {{clustered}};

CREATE TABLE order_timeline (
    order_id BINARY(16) NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    from_status VARCHAR(24) NOT NULL,
    to_status VARCHAR(24) NOT NULL,
    cause VARCHAR(64) NOT NULL,
    actor VARCHAR(32) NOT NULL,
    note VARCHAR(1000) NOT NULL,
    PRIMARY KEY (order_id, seq)
) {{clustered}};

CREATE TABLE order_payment (
    payment_id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    method VARCHAR(32) NOT NULL,
    state VARCHAR(16) NOT NULL,
    currency CHAR(3) NOT NULL,
    amount BIGINT NOT NULL,
    code VARCHAR(64) NOT NULL,
    reason VARCHAR(500) NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX order_payment_order ON order_payment (order_id, payment_id);

CREATE TABLE order_shipment (
    shipment_id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    state VARCHAR(32) NOT NULL,
    carrier VARCHAR(100) NOT NULL,
    tracking_number VARCHAR(100) NOT NULL,
    shipped_lines {{blob}} NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX order_shipment_order ON order_shipment (order_id, shipment_id);

CREATE TABLE idempotency (
    caller VARCHAR(32) NOT NULL,
    route VARCHAR(100) NOT NULL,
    idem_key VARCHAR(255) NOT NULL,
    order_id BINARY(16) NOT NULL,
    fingerprint BINARY(32) NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, route, idem_key)
) {{clustered}};
CREATE INDEX idempotency_age ON idempotency (created_at);

-- +goose Down
DROP TABLE idempotency;
DROP TABLE order_shipment;
DROP TABLE order_payment;
DROP TABLE order_timeline;
DROP TABLE order_line;
DROP TABLE orders;
