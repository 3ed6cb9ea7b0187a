-- +goose Up
-- One row per attempt. live_order_id equals order_id while the attempt may hold or take money, and is
-- NULL afterwards: its unique index admits one live attempt per order on every engine.
CREATE TABLE payment (
    id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    live_order_id BINARY(16),
    version BIGINT NOT NULL,
    status VARCHAR(24) NOT NULL,
    wish VARCHAR(16) NOT NULL,
    method VARCHAR(64) NOT NULL,
    token VARCHAR(255) NOT NULL,
    amount BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    provider VARCHAR(32) NOT NULL,
    provider_ref VARCHAR(190) NOT NULL,
    decline_code VARCHAR(64) NOT NULL,
    decline_reason VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX payment_live ON payment (live_order_id);
CREATE INDEX payment_order ON payment (order_id, id);

-- Append-only: amounts are sums over it, and the key makes an entry that is told twice one entry.
CREATE TABLE ledger_entry (
    operation_id BINARY(16) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    result VARCHAR(16) NOT NULL,
    payment_id BINARY(16) NOT NULL,
    amount BIGINT NOT NULL,
    currency CHAR(3) NOT NULL,
    provider_ref VARCHAR(190) NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (operation_id, kind, result)
) {{clustered}};
CREATE INDEX ledger_entry_payment ON ledger_entry (payment_id);

-- +goose Down
DROP TABLE ledger_entry;
DROP TABLE payment;
