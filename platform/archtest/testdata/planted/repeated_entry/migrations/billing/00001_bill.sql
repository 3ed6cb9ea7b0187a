-- +goose Up
CREATE TABLE bill (id BINARY(16) PRIMARY KEY);
