-- +goose Up
CREATE TABLE bus_bridged (
    pos BIGINT NOT NULL PRIMARY KEY,
    event_id BINARY(16) NOT NULL,
    agg_type VARCHAR(64) NOT NULL,
    agg_id BINARY(16) NOT NULL,
    agg_seq BIGINT NOT NULL,
    type VARCHAR(128) NOT NULL,
    ver INT NOT NULL,
    headers VARCHAR(512) NOT NULL,
    payload {{blob}} NOT NULL,
    occurred_at BIGINT NOT NULL,
    born BIGINT NOT NULL,
    reached BIGINT NOT NULL,
    bridged_at BIGINT NOT NULL
);
CREATE INDEX bus_bridged_age ON bus_bridged (bridged_at);

CREATE TABLE bus_edge (
    consumer VARCHAR(64) NOT NULL PRIMARY KEY,
    bridged BIGINT NOT NULL,
    local_until BIGINT NOT NULL
);

-- +goose Down
DROP TABLE bus_edge;
DROP TABLE bus_bridged;
