-- Where a schema stands when it moves to another database (platform/move). These tables are no part of
-- what is moved: each place has its own.

-- +goose Up
-- One row (id 1), or none in a schema that has never moved. other and move_id tell of the last move.
CREATE TABLE bus_place (
    id INT NOT NULL PRIMARY KEY,
    state VARCHAR(16) NOT NULL,
    epoch BIGINT NOT NULL,
    move_id VARCHAR(32) NOT NULL,
    other VARCHAR(1000) NOT NULL
);

-- The moves to this place. home_* is what bus_place said at the source before,
-- and prior_* what it said here: for a move that is given up.
CREATE TABLE bus_move (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    state VARCHAR(16) NOT NULL,
    source VARCHAR(1000) NOT NULL,
    runner VARCHAR(32) NOT NULL,
    epoch BIGINT NOT NULL,
    home_move VARCHAR(32) NOT NULL,
    home_other VARCHAR(1000) NOT NULL,
    prior_move VARCHAR(32) NOT NULL,
    prior_other VARCHAR(1000) NOT NULL,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- How far each table is. last_key is JSON, empty before the first chunk.
CREATE TABLE bus_move_table (
    move_id VARCHAR(32) NOT NULL,
    name VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL,
    total BIGINT NOT NULL,
    copied BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    last_key {{text}} NOT NULL,
    PRIMARY KEY (move_id, name)
);

-- +goose Down
DROP TABLE bus_move_table;
DROP TABLE bus_move;
DROP TABLE bus_place;
