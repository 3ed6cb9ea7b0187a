-- +goose Up
-- ship_to and contents are documents (JSON): they are printed and told, never searched. A row without
-- contents whose status is cancelled is a tombstone: the order was cancelled before its
-- shipment was created.
CREATE TABLE shipment (
    id BINARY(16) NOT NULL PRIMARY KEY,
    order_id BINARY(16) NOT NULL,
    order_number VARCHAR(32) NOT NULL,
    version BIGINT NOT NULL,
    status VARCHAR(24) NOT NULL,
    ship_to {{text}} NOT NULL,
    contents {{text}} NOT NULL,
    carrier VARCHAR(64) NOT NULL,
    tracking_number VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX shipment_order ON shipment (order_id);
CREATE INDEX shipment_status ON shipment (status, id);

-- Append-only. Before a carrier and its number are known, '' and the shipment's own ID stand for them.
CREATE TABLE tracking_event (
    carrier VARCHAR(64) NOT NULL,
    tracking_number VARCHAR(64) NOT NULL,
    code VARCHAR(24) NOT NULL,
    occurred_at BIGINT NOT NULL,
    shipment_id BINARY(16) NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (carrier, tracking_number, code, occurred_at)
) {{clustered}};
CREATE INDEX tracking_event_shipment ON tracking_event (shipment_id, occurred_at);

-- +goose Down
DROP TABLE tracking_event;
DROP TABLE shipment;
