-- +goose Up
CREATE TABLE bill (id BINARY(16) PRIMARY KEY);
CREATE TABLE bill_line (id BINARY(16) PRIMARY KEY);

-- +goose Down
DROP TABLE bill_line;
DROP TABLE bill;
