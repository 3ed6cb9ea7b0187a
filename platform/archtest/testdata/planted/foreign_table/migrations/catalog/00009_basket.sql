-- +goose Up
CREATE TABLE basket (id BINARY(16));
INSERT INTO basket (id) SELECT id FROM product;
ALTER TABLE basket RENAME TO crate;
DROP TABLE crate;
