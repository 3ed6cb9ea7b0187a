-- +goose Up
CREATE TABLE bus_outbox (
    pos {{auto_pk}},
    event_id BINARY(16) NOT NULL,
    agg_type VARCHAR(64) NOT NULL,
    agg_id BINARY(16) NOT NULL,
    agg_seq BIGINT NOT NULL,
    type VARCHAR(128) NOT NULL,
    ver INT NOT NULL,
    headers VARCHAR(512) NOT NULL,
    payload {{blob}} NOT NULL,
    occurred_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bus_outbox_event ON bus_outbox (event_id);
CREATE UNIQUE INDEX bus_outbox_order ON bus_outbox (agg_type, agg_id, agg_seq);

CREATE TABLE bus_subscription (
    type VARCHAR(128) NOT NULL,
    consumer VARCHAR(64) NOT NULL,
    PRIMARY KEY (type, consumer)
);

CREATE TABLE bus_consumer (
    id {{auto_pk}},
    name VARCHAR(64) NOT NULL
);
CREATE UNIQUE INDEX bus_consumer_name ON bus_consumer (name);

CREATE TABLE bus_inbox (
    consumer BIGINT NOT NULL,
    event_id BINARY(16) NOT NULL,
    PRIMARY KEY (consumer, event_id)
) {{clustered}};

CREATE TABLE bus_held (
    id {{auto_pk}},
    consumer BIGINT NOT NULL,
    event_id BINARY(16) NOT NULL,
    source VARCHAR(64) NOT NULL,
    agg_type VARCHAR(64) NOT NULL,
    agg_id BINARY(16) NOT NULL,
    agg_seq BIGINT NOT NULL,
    type VARCHAR(128) NOT NULL,
    ver INT NOT NULL,
    headers VARCHAR(512) NOT NULL,
    payload {{blob}} NOT NULL,
    occurred_at BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    attempts INT NOT NULL,
    next_at BIGINT NOT NULL,
    error VARCHAR(1000) NOT NULL,
    fingerprint BINARY(16) NOT NULL,
    replay_count INT NOT NULL
);
CREATE UNIQUE INDEX bus_held_event ON bus_held (consumer, event_id);
CREATE INDEX bus_held_sequence ON bus_held (consumer, agg_type, agg_id, id);
CREATE INDEX bus_held_due ON bus_held (consumer, state, next_at);

-- +goose Down
DROP TABLE bus_held;
DROP TABLE bus_inbox;
DROP TABLE bus_consumer;
DROP TABLE bus_subscription;
DROP TABLE bus_outbox;
