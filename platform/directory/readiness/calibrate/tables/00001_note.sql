-- +goose Up
CREATE TABLE note (
    id BINARY(16) NOT NULL PRIMARY KEY
);

-- +goose Down
DROP TABLE note;
