-- +goose Up
CREATE TABLE gift (id BINARY(16) PRIMARY KEY); -- want: does not declare
