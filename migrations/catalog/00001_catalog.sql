-- Sizes are those that the feed reader lets through (modules/catalog/internal/feed/product.go).

-- +goose Up
-- A category is its path: its ID is made of it, so that two imports at once make it once.
CREATE TABLE category (
    id BINARY(16) NOT NULL PRIMARY KEY,
    parent_id BINARY(16),
    name VARCHAR(128) NOT NULL,
    path VARCHAR(1200) NOT NULL
) {{clustered}};

CREATE TABLE product (
    id BINARY(16) NOT NULL PRIMARY KEY,
    source VARCHAR(24) NOT NULL,
    partner_id VARCHAR(128) NOT NULL,
    name VARCHAR(255) NOT NULL,
    description {{text}} NOT NULL,
    brand VARCHAR(128) NOT NULL,
    category_id BINARY(16),
    images {{text}} NOT NULL,
    status VARCHAR(16) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) {{clustered}};

-- What a product is found by: each word of its texts, its brand, its category and those above it.
CREATE TABLE product_term (
    term VARCHAR(140) NOT NULL,
    product_id BINARY(16) NOT NULL,
    PRIMARY KEY (term, product_id)
) {{clustered}};
CREATE INDEX product_term_product ON product_term (product_id, term);

CREATE TABLE sku (
    sku VARCHAR(64) NOT NULL PRIMARY KEY,
    product_id BINARY(16) NOT NULL,
    name VARCHAR(255) NOT NULL,
    options {{text}} NOT NULL,
    place INT NOT NULL,
    status VARCHAR(16) NOT NULL
) {{clustered}};
CREATE INDEX sku_product ON sku (product_id, place);

CREATE TABLE price (
    sku VARCHAR(64) NOT NULL,
    currency CHAR(3) NOT NULL,
    amount BIGINT NOT NULL,
    compare_at BIGINT,
    PRIMARY KEY (sku, currency),
    CHECK (amount >= 0)
) {{clustered}};

CREATE TABLE stock (
    sku VARCHAR(64) NOT NULL,
    location VARCHAR(32) NOT NULL,
    on_hand BIGINT NOT NULL,
    held BIGINT NOT NULL,
    allocated BIGINT NOT NULL,
    PRIMARY KEY (sku, location),
    CHECK (on_hand >= 0),
    CHECK (held >= 0),
    CHECK (allocated >= 0)
) {{clustered}};

-- Every change of on_hand; nothing here is ever changed.
CREATE TABLE stock_movement (
    id BINARY(16) NOT NULL PRIMARY KEY,
    sku VARCHAR(64) NOT NULL,
    location VARCHAR(32) NOT NULL,
    quantity BIGINT NOT NULL,
    reason VARCHAR(16) NOT NULL,
    reference VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL
) {{clustered}};
CREATE INDEX stock_movement_sku ON stock_movement (sku, location, id);

-- The answer to one call of Reserve, kept for its repetitions.
CREATE TABLE hold (
    hold_key VARCHAR(64) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    fingerprint BINARY(32) NOT NULL,
    version BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    total BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
) {{clustered}};
CREATE UNIQUE INDEX hold_order ON hold (order_id);

CREATE TABLE reservation (
    order_id BINARY(16) NOT NULL,
    line_no INT NOT NULL,
    sku VARCHAR(64) NOT NULL,
    location VARCHAR(32) NOT NULL,
    product_id BINARY(16) NOT NULL,
    name VARCHAR(255) NOT NULL,
    quantity BIGINT NOT NULL,
    shipped BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    claimed INT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, line_no)
) {{clustered}};
CREATE INDEX reservation_expiry ON reservation (state, claimed, expires_at);

-- What an import has seen of a partner's product; hash tells whether it changed since.
CREATE TABLE source_row (
    source VARCHAR(24) NOT NULL,
    partner_id VARCHAR(128) NOT NULL,
    product_id BINARY(16) NOT NULL,
    hash BINARY(32) NOT NULL,
    PRIMARY KEY (source, partner_id)
) {{clustered}};

-- +goose Down
DROP TABLE source_row;
DROP TABLE reservation;
DROP TABLE hold;
DROP TABLE stock_movement;
DROP TABLE stock;
DROP TABLE price;
DROP TABLE sku;
DROP TABLE product_term;
DROP TABLE product;
DROP TABLE category;
