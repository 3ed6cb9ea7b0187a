-- +goose Up
CREATE TABLE bus_audit (
    id BINARY(16) NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor VARCHAR(64) NOT NULL,
    action VARCHAR(64) NOT NULL,
    target VARCHAR(400) NOT NULL,
    reason VARCHAR(500) NOT NULL,
    affected BIGINT NOT NULL
);

-- +goose Down
DROP TABLE bus_audit;
