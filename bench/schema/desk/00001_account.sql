-- +goose Up
CREATE TABLE account (
    id BINARY(16) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    balance BIGINT NOT NULL
);

-- +goose Down
DROP TABLE account;
