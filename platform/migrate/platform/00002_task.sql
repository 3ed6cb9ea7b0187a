-- +goose Up
CREATE TABLE bus_task (
    id BINARY(16) NOT NULL PRIMARY KEY,
    kind VARCHAR(64) NOT NULL,
    task_key VARCHAR(190) NOT NULL,
    payload {{blob}} NOT NULL,
    state VARCHAR(16) NOT NULL,
    run_at BIGINT NOT NULL,
    every BIGINT NOT NULL,
    attempts INT NOT NULL,
    lease BINARY(16),
    leased_until BIGINT NOT NULL,
    error VARCHAR(1000) NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX bus_task_key ON bus_task (kind, task_key);
CREATE INDEX bus_task_due ON bus_task (state, run_at);

-- +goose Down
DROP TABLE bus_task;
