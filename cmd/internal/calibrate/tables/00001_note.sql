-- +goose Up
CREATE TABLE bus_note (
    id BINARY(16) NOT NULL PRIMARY KEY
);

-- +goose Down
DROP TABLE bus_note;
